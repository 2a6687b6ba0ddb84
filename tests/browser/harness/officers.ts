/** What officers of a municipality do with their devices. */
import { testids as t } from "../testids"
import type { Person } from "./person"

export interface Officer {
  name: string
  office: string
  pin: string
}

export const SATO: Officer = { name: "佐藤", office: "危機管理課", pin: "246802" }
export const SUZUKI: Officer = { name: "鈴木", office: "障害福祉課", pin: "135791" }

/** Puts somebody behind a PIN. The officers' page is open, and its form. */
export async function registers(device: Person, { name, office, pin }: Officer): Promise<void> {
  await device.find(t.officer.name).fill(name)
  await device.find(t.officer.office).fill(office)
  await device.find(t.officer.pin).fill(pin)
  await device.presses(t.officer.make)
  await device.find(t.officer.here).filter({ hasText: name }).waitFor()
}

/** Signs the town's list, which is open. Returns the code under which families find it. */
export async function signsList(device: Person, { pin }: Officer, town: string): Promise<string> {
  await device.find(t.officer.townName).fill(town)
  await device.find(t.officer.townPin).fill(pin)
  await device.presses(t.officer.townSign)
  return (await (await device.sees(t.officer.townCode)).getAttribute("data-code")) ?? ""
}
