import type { Vault } from '../io/vault.ts'
import type { Station, StaffKeys, StaffPerson } from '../logic/station.ts'
import { noticeBox, openingsBox } from './cards.ts'
import { openedBox } from './opened-here.ts'
import { progressBox } from './records.ts'
import type { StationPerson, StationState } from './state.ts'

/**
 * What the vault keeps of an organisation's tablet:
 *
 * ```text
 * station                 name and kind
 * staff/PERSON            name, public locker keys, the locker's secret keys under the person's PIN and words, wrong tries
 * station-child/NUMBER    who has which key in this child's record, each secret in its owner's locker
 * station-pairing/PERSON  the application that somebody shows a family, its secrets in their locker
 * draft/form/PERSON/FORM  what somebody typed and did not save: theirs alone, and gone when they are
 * ```
 */
export const STATION = 'station'
export const staffBox = (person: string): string => `staff/${person}`
export const draftsOf = (person: string): string => `draft/form/${person}/`
export const applicationBox = (person: string): string => `station-pairing/${person}`
/** What versions before kept an application in, whoever had begun it. */
export const NOBODYS_APPLICATION = 'station-pairing'
export const keysBox = (number: number): string => `station-child/${number}`

/** What lies in the vault for one of the staff beside their locker: what they typed and did not save, whom they applied to, and what their keys were used for. */
export async function boxesOf(vault: Vault, person: string): Promise<string[]> {
  const drafts = await vault.boxes(draftsOf(person))
  const children = [...(await vault.boxes('child/')).keys()].map((name) => Number(name.slice('child/'.length)))
  const own = (child: number) => [noticeBox(child, person), openingsBox(child, person), progressBox(child, person), openedBox(child, person)]
  return [applicationBox(person), ...drafts.keys(), ...children.flatMap(own)]
}

export async function readStation(vault: Vault, there: string | null): Promise<StationState | null> {
  const station = await vault.box<Station>(STATION)
  if (station === undefined) return null
  const keys = [...(await readKeys(vault)).values()]
  const people = (await readStaff(vault)).map((person) => seen(person, keys))
  return { ...station, people, person: people.find((person) => person.id === there) ?? null }
}

/** What everybody who takes the tablet into their hands may see of somebody. */
function seen({ id, name, manager, words, tries }: StaffPerson, keys: readonly StaffKeys[]): StationPerson {
  const paper = words === undefined ? 'none' : words.shown === null ? 'tested' : 'untested'
  const closed = keys.filter(({ people }) => !(id in people)).length
  return { id, name, manager, paper, closed, waitUntil: tries.wait > 0 ? tries.until : 0 }
}

/** In the order in which they came. */
export async function readStaff(vault: Vault): Promise<StaffPerson[]> {
  return [...(await vault.boxes<StaffPerson>('staff/')).values()].sort((a, b) => a.since - b.since)
}

/** By number of a child. */
export async function readKeys(vault: Vault): Promise<Map<number, StaffKeys>> {
  const boxes = await vault.boxes<StaffKeys>('station-child/')
  return new Map([...boxes].map(([name, keys]) => [Number(name.slice('station-child/'.length)), keys]))
}
