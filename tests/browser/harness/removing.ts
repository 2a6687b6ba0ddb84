/** Taking people out. */
import { testids as t } from "../testids"
import { goesHome, opensChild } from "./family"
import type { Person } from "./person"

/** The page of somebody who can see the record. */
export async function opensPerson(person: Person, child: string, name: string): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toPeople)
  await person.find(t.people.open).filter({ hasText: name }).first().click()
  await person.sees("person")
}

/** Nothing is shown to them any more, in two taps. */
export async function removes(person: Person, child: string, name: string): Promise<void> {
  await opensPerson(person, child, name)
  await person.presses(t.person.withdraw)
  await person.presses(t.person.withdrawConfirm)
  await person.sees(t.person.withdrawn)
}
