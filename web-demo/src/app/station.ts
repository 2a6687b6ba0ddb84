import type { Vault } from '../io/vault.ts'
import type { Station, StaffKeys, StaffPerson } from '../logic/station.ts'
import type { StationState } from './state.ts'

/**
 * What the vault keeps of an organisation's tablet:
 *
 * ```text
 * station                 name and kind
 * staff/PERSON            name, public locker keys, the locker's secret keys under the person's PIN, wrong tries
 * station-child/NUMBER    who has which key in this child's record, each secret in its owner's locker
 * ```
 */
export const STATION = 'station'
export const staffBox = (person: string): string => `staff/${person}`
export const keysBox = (number: number): string => `station-child/${number}`

export async function readStation(vault: Vault, there: string | null): Promise<StationState | null> {
  const station = await vault.box<Station>(STATION)
  if (station === undefined) return null
  const people = (await readStaff(vault)).map(({ id, name, manager }) => ({ id, name, manager }))
  return { ...station, people, person: people.find((person) => person.id === there) ?? null }
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
