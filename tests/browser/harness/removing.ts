/** Taking people and phones out. */
import type { Locator } from "playwright-core"
import { testids as t } from "../testids"
import { goesHome, opensChild } from "./family"
import type { Person } from "./person"

/** The page of a person, or of an organisation, that can see the record. */
export async function opensPerson(person: Person, child: string, name: string, holder: "person" | "organisation" = "person"): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toPeople)
  await person.find(t.people.member, { holder }).filter({ hasText: name }).locator(`[data-testid="${t.people.open}"]`).first().click()
  await person.sees("person")
}

/** Nothing is shown to them any more, in two taps. */
export async function removes(person: Person, child: string, name: string, holder: "person" | "organisation" = "person"): Promise<void> {
  await opensPerson(person, child, name, holder)
  await person.presses(t.person.withdraw)
  await person.presses(t.person.withdrawConfirm)
  await person.sees(t.person.withdrawn)
}

/** A lost phone, or a paper, is taken out in its own row: held until that says that it is out. */
export async function takesOut(person: Person, row: Locator): Promise<void> {
  await person.holds(row.locator(`[data-testid="${t.lost.takeOut}"]`), () => row.locator(`[data-testid="${t.lost.gone}"]`).waitFor())
}
