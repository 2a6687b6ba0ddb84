import type { FactId, FactView, Hex, UnixMillis, View } from './model.ts'

/** Something made from the record that keeps showing what stood then. */
export type MadeKind = 'card' | 'sheet' | 'wallet'

/** What stood in each fact that cards and prints show: the fact's statements, in a fixed order. */
export type Standing = Record<FactId, string>

/** A card or print, as this device remembers it. */
export interface Made {
  /** Unique among this child's. */
  id: string
  kind: MadeKind
  at: UnixMillis
  standing: Standing
  /** On a shared tablet, who of the staff: the card is signed with their key. */
  by?: { person: string; name: string }
  /** Of the card on it; missing in a vault of an older app. */
  generation?: number
  /** Whose keys signed that card: the same phone has others once it was let in again. Missing in a vault of an older app. */
  device?: Hex
}

/** Facts shown on cards and prints: the emergency compartment but for who is who, and the medicines. */
export function standing(view: View): Standing {
  const shown = view.facts.filter(({ compartment, kind }) =>
    compartment === 'emergency' ? kind !== 'member' : compartment === 'care' && kind === 'medicine',
  )
  return Object.fromEntries(shown.map((fact) => [`${fact.compartment} ${fact.id}`, signature(fact)]))
}

/** Which facts changed since it was made. Empty: what it shows still stands, as far as this device knows. */
export function changedSince(made: Made, now: Standing): FactId[] {
  const keys = new Set([...Object.keys(made.standing), ...Object.keys(now)])
  return [...keys].filter((key) => made.standing[key] !== now[key])
}

/** All made before a fact they show was changed, oldest first. */
export function outOfDate(all: readonly Made[], now: Standing): Made[] {
  return all.filter((made) => changedSince(made, now).length > 0).sort((a, b) => a.at - b.at)
}

/** The history with one more item. Showing the same card again on the same day's facts is no new card. */
export function withMade(all: readonly Made[], made: Made): Made[] {
  const sameMaker = (other: Made) => other.by?.person === made.by?.person && other.device === made.device
  const same = (other: Made) => other.kind === made.kind && sameMaker(other) && changedSince(other, made.standing).length === 0
  return [...all.filter((other) => !same(other)), made]
}

/** The fact's statements and their standing, in a fixed order. */
export function signature(fact: FactView): string {
  const said = Object.entries(fact.fields).flatMap(([name, field]) =>
    field.values.flatMap((value) => value.said.map((s) => `${name} ${s.statement} ${s.standing}`)),
  )
  const retracted = fact.presence.state === 'present' ? [] : fact.presence.retractions.map((r) => `- ${r.said.statement}`)
  return [fact.presence.state, ...said.sort(), ...retracted.sort()].join('\n')
}
