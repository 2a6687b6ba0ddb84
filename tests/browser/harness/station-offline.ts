/** A family lets an organisation's tablet in where neither has a network: from screen to camera, and back. */
import { testids as t } from "../testids"
import type { Camera } from "./camera"
import { goesHome, opensChild } from "./family"
import { filmed } from "./filming"
import type { Person } from "./person"

/** Two devices in one room, and what each of them films with. */
export interface Room {
  family: Person
  familys: Camera
  tablet: Person
  tablets: Camera
}

/** Whoever holds the tablet sees at its end that the child was taken in. `looks`: at a screen that is worth it. */
export async function letsStationInByCodes({ family, familys, tablet, tablets }: Room, child: string, looks: (person: Person, name: string) => Promise<void> = async () => {}): Promise<void> {
  await applies(tablet)
  await looks(tablet, "station-offline-apply")
  await familys.film(await filmed(tablet, t.pair.qr, t.pair.frame))
  await agrees(family, child)
  await looks(family, "station-offline-answer")
  await tablets.film(await filmed(family, t.station.answer, t.station.answerFrame))
  await tablet.presses(t.pair.answer)
  await tablet.sees(t.pair.progress)
  await looks(tablet, "station-offline-reading")
  await tablet.find(t.station.applied).waitFor({ state: "visible", timeout: 400_000 })
  await looks(tablet, "station-offline-done")
}

/** The tablet shows its moving codes. */
export async function applies(tablet: Person): Promise<void> {
  await goesHome(tablet)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.answer)
}

/** The family's phone, which sees the tablet's codes, until it shows the answer. */
export async function agrees(family: Person, child: string): Promise<void> {
  await opensChild(family, child)
  await family.presses(t.child.toPeople)
  await family.presses(t.people.add)
  await family.presses(t.invite.tablet)
  await family.find(t.station.asks).waitFor({ state: "visible", timeout: 240_000 })
  await family.find(t.invite.see).first().waitFor()
  await family.presses(t.invite.next)
  await family.sees(t.person.consentText)
  await family.presses(t.station.grant)
  await family.sees(t.station.asks, { state: "waits" })
  await family.sees(t.station.answer)
  await family.until(async () => Number(await family.find(t.station.answerFrame).getAttribute("data-frame")) > 0, "the moving code")
}
