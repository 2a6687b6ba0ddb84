import type { Hex, UnixMillis } from './model.ts'
import { readCode, type Tries } from './handover.ts'

/** An organisation whose staff share this tablet. */
export interface Station {
  name: string
  /** Kind, by the name of its preset. */
  preset: string
}

/** Somebody on the staff, as this tablet knows them. */
export interface StaffPerson {
  id: string
  name: string
  /** Adds and ends colleagues. */
  manager: boolean
  /** Public keys of their locker: whoever is here may put something in. */
  locker: Uint8Array
  /** The locker's secret keys, under their PIN. */
  sealed: Uint8Array
  tries: Tries
  /** Since when they have been here. */
  since: UnixMillis
  /** Their words on paper: what opens the locker when the PIN is forgotten. */
  words?: StaffWords
}

export interface StaffWords {
  madeAt: UnixMillis
  /** The locker's secret keys, for the keys that the words make. */
  sealed: Uint8Array
  /** The words themselves, in the locker, until three were asked back. Then they are on paper alone. */
  shown: Uint8Array | null
}

/** Who of the staff has which key in one child's record. */
export interface StaffKeys {
  /** The organisation's key in this record, in the lockers of those who manage the staff. */
  organisation: Record<string, Uint8Array>
  people: Record<string, StaffKey>
}

export interface StaffKey {
  name: string
  /** Their device in this record. */
  device: Hex
  /** Their secret keys, in their locker. */
  sealed: Uint8Array
  /** They have left this tablet; the record is told as soon as somebody who manages the staff is here. */
  leaving?: boolean
}

/** Who applies, in their own words. */
export interface Application {
  name: string
  preset: string
  staff: string[]
}

/** Is this the code of an organisation's tablet? Decided again by the core. */
export const isOrganisationCode = (text: string): boolean => text.startsWith('omamori-pair:2:')

/** How long the tablet waits without a touch until it asks again who is there. */
export const IDLE_MS = 3 * 60_000

export type PinProblem = 'not-digits' | 'not-the-same'

/** A new PIN typed twice: its digits, or what is wrong with it. */
export function newPin(first: string, second: string): { pin: string } | { problem: PinProblem } {
  const pin = readCode(first)
  if (pin === null) return { problem: 'not-digits' }
  return readCode(second) === pin ? { pin } : { problem: 'not-the-same' }
}

/** What lies in a locker under this label opens under no other. */
export const keyLabel = (record: Hex, person: string): string => `keys/${record}/${person}`
export const organisationLabel = (record: Hex, person: string): string => `organisation/${record}/${person}`
/** The locker's own keys under its owner's words, and the words in the locker. */
export const lockerLabel = (person: string): string => `locker/${person}`
export const wordsLabel = (person: string): string => `words/${person}`
export const pinPurpose = (person: string): string => `station/${person}`

/** Those who are on the staff and have no key in a record yet. */
export function uncertified(staff: readonly StaffPerson[], keys: StaffKeys): StaffPerson[] {
  return staff.filter((person) => !(person.id in keys.people))
}

/** Those who manage the staff and do not have the organisation's key in a record yet. */
export function unentrusted(staff: readonly StaffPerson[], keys: StaffKeys): StaffPerson[] {
  return staff.filter((person) => person.manager && person.id in keys.people && !(person.id in keys.organisation))
}

/** Somebody who manages the staff no longer: the organisation's key lies in their locker no more. */
export function withoutOrganisation(keys: StaffKeys, person: string): StaffKeys {
  return { ...keys, organisation: Object.fromEntries(Object.entries(keys.organisation).filter(([id]) => id !== person)) }
}

/** Those who have left and whom a record still takes for staff. */
export function leaving(keys: StaffKeys): [id: string, key: StaffKey][] {
  return Object.entries(keys.people).filter(([, key]) => key.leaving === true)
}

/** Everything of a person that lies in one record's directory, marked for leaving. */
export function withLeaving(keys: StaffKeys, person: string): StaffKeys {
  const key = keys.people[person]
  if (key === undefined) return keys
  const { organisation } = withoutOrganisation(keys, person)
  // What lay in their locker goes with them.
  return { organisation, people: { ...keys.people, [person]: { ...key, sealed: new Uint8Array(), leaving: true } } }
}

export function without(keys: StaffKeys, person: string): StaffKeys {
  return { ...keys, people: Object.fromEntries(Object.entries(keys.people).filter(([id]) => id !== person)) }
}
