/** What somebody's grants amount to: what they see, until when, and what is to be asked about it. */
import type { GrantLine, Reader } from './access.ts'
import type { Compartment, FactView, FirstScreen, Hex, LocalDate, Right, Rights, View } from './model.ts'
import { daysAfter, hiddenBy, stronger } from './offers.ts'

/** How long before its last day a family is asked whether a grant goes on. */
export const REMIND_DAYS = 30

export type Term =
  /** Goes on until it is taken back. */
  | { kind: 'open' }
  | { kind: 'until'; day: LocalDate }
  /** Ends within a month. */
  | { kind: 'ending'; day: LocalDate }
  /** Its last day is over, and nobody has closed it: the relay sends nothing more, and that is all that is known. */
  | { kind: 'expired'; day: LocalDate }

/** The rights of all grants that have not expired, in the order of the record. */
export function rightsOf(reader: Pick<Reader, 'grants'>): Rights {
  const held = new Map<Compartment, Right>()
  for (const grant of current(reader)) {
    for (const [compartment, right] of Object.entries(grant.rights) as [Compartment, Right][]) {
      held.set(compartment, stronger(held.get(compartment), right))
    }
  }
  const hidden = new Set(hiddenBy([...held]))
  return ORDER.filter((compartment) => !hidden.has(compartment)).map((compartment) => [compartment, held.get(compartment) ?? 'read'])
}

/** Parts of the record they can see and this device cannot name: whoever sees little cannot tell what others see. */
export function unnamedOf(reader: Pick<Reader, 'grants'>): number {
  return Math.max(0, ...current(reader).map((grant) => grant.unnamed))
}

const ORDER: readonly Compartment[] = ['emergency', 'care', 'evacuation', 'history', 'life', 'restricted', 'people', 'log', 'consents']

/** Those that count: where all have expired, those, so that the list still says what it was. */
function current({ grants }: Pick<Reader, 'grants'>): readonly GrantLine[] {
  const standing = grants.filter((grant) => !grant.expired)
  return standing.length > 0 ? standing : grants
}

/** Of several grants, the one that holds for longest. */
export function termOf(reader: Pick<Reader, 'grants'>, today: LocalDate): Term {
  const grants = current(reader)
  const days = grants.map((grant) => grant.until)
  if (grants.length === 0 || days.includes(null)) return { kind: 'open' }
  const day = days.reduce<LocalDate>((last, one) => (one !== null && one > last ? one : last), '')
  if (day < today) return { kind: 'expired', day }
  return day <= daysAfter(today, REMIND_DAYS) ? { kind: 'ending', day } : { kind: 'until', day }
}

/** Whose grants ask for a word of the family: about to end, or over. Of an organisation's staff nobody asks: their organisation's grant does. */
export function askAbout(readers: readonly Reader[], today: LocalDate): Reader[] {
  const given = (reader: Reader) => reader.grants.some((grant) => grant.organisation === null)
  return readers.filter((reader) => !reader.own && given(reader) && ['ending', 'expired'].includes(termOf(reader, today).kind))
}

/** Devices of people whose grants have all expired: what they say is from somebody whose time is over, unconfirmed. */
export function expiredDevices(readers: readonly Reader[], today: LocalDate): Set<Hex> {
  const over = readers.filter((reader) => termOf(reader, today).kind === 'expired')
  return new Set(over.flatMap((reader) => reader.devices.map(({ device }) => device)))
}

/** Does this person decide who else may see? */
export function manages(reader: Pick<Reader, 'grants'>): boolean {
  return rightsOf(reader).some(([, right]) => right === 'manage')
}

/** May this person show it to somebody else, as far as they see it themselves? */
export function passesOn(reader: Pick<Reader, 'grants'>): boolean {
  return reader.grants.some((grant) => grant.delegate && !grant.expired)
}

/** The record with somebody's eyes: only the facts of compartments they can read. */
export function seenBy(view: View, rights: Rights): FactView[] {
  const shown = new Set(rights.map(([compartment]) => compartment))
  return view.facts.filter((fact) => shown.has(fact.compartment))
}

/** What a first screen shows from other compartments than the emergency one: medicines are of `care`. */
const FROM_CARE: readonly string[] = ['critical-medicine', 'medicine']

/** The first screen with somebody's eyes. */
export function firstSeenBy(first: FirstScreen, rights: Rights): FirstScreen {
  const sees = (compartment: Compartment) => rights.some(([shown]) => shown === compartment)
  const blocks = first.blocks.filter(({ kind }) => (FROM_CARE.includes(kind) ? sees('care') : sees('emergency')))
  return { ...first, blocks }
}

/** The age from which the child decides about the record, where they can: asked, never enforced. */
export const GROWN = 18

/** How long after "not now" the family is asked again. */
export const ASK_AGAIN_DAYS = 180

/** Is the child of age, with nobody yet in the record as the child that decides? `putOff`: when the family last said "not now" here. */
export function asksTheChild(birthDate: LocalDate, today: LocalDate, readers: readonly Reader[], putOff: LocalDate | null): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(birthDate)) return false
  if (putOff !== null && today < daysAfter(putOff, ASK_AGAIN_DAYS)) return false
  const grown = `${String(Number(birthDate.slice(0, 4)) + GROWN).padStart(4, '0')}${birthDate.slice(4)}`
  return grown <= today && !readers.some((reader) => reader.role === 'child' && manages(reader))
}
