import { apartOf, countApart } from './apart.ts'
import { differences } from './differences.ts'
import type { LateOne } from './late.ts'
import type { Glass, GlassOpening } from './glass.ts'
import { outOfDate, standing, type Made, type Standing } from './made.ts'
import type { Compartment, FactView, FirstScreen, Hex, Integrity, LocalDate, Right, Said, SetAside, UnixMillis, View } from './model.ts'

/** What is kept of a child's reading so that its first screen is there before the core has started. */
export interface Cached {
  /** Absent in what an older version kept. */
  record?: Hex
  first: FirstScreen
  device: Hex
  rights: Partial<Record<Compartment, Right>>
  differences: number
  /** What has not come, or was not taken in; what this device set aside for good included. */
  apart: number
  /** What somebody wrote too late; missing in a vault of an older app. */
  late?: readonly LateOne[]
  changedAt: UnixMillis | null
  standing: Standing
  /** What officers opened; absent in what an older version kept. */
  openings?: GlassOpening[]
}

export function toCache(reading: {
  record?: Hex
  first: FirstScreen
  device: Hex
  rights: Partial<Record<Compartment, Right>>
  view: View
  integrity: Integrity
  late: readonly { chunk: Hex; compartment: Compartment }[]
  glass: Glass
}, asides: readonly SetAside[]): Cached {
  return {
    ...(reading.record === undefined ? {} : { record: reading.record }),
    first: reading.first,
    device: reading.device,
    rights: reading.rights,
    differences: differences(reading.view).length,
    apart: countApart(apartOf(reading.integrity, asides)),
    late: reading.late.map(({ chunk, compartment }) => ({ chunk, mine: reading.rights[compartment] === 'manage' })),
    changedAt: lastSaid(reading.view),
    standing: standing(reading.view),
    openings: reading.glass.openings,
  }
}

/** The child's name as it stands; contradicting ones side by side. */
export function nameOf(first: FirstScreen): string {
  return first.who.name.map((n) => n.text).join(' / ')
}

/** Empty when unknown or contradicted: then no age is shown rather than a wrong one. */
export function birthDateOf(first: FirstScreen): LocalDate {
  const [only, ...others] = first.who.birth_date
  return only !== undefined && others.length === 0 ? only.text : ''
}

export function canEdit(rights: Partial<Record<Compartment, Right>>): boolean {
  return Object.values(rights).some((right) => right !== 'read')
}

/** How many facts somebody else newly spoke about between two views. */
export function newsBetween(before: View | null, after: View, own: Hex): number {
  const known = new Set(before === null ? [] : before.facts.flatMap((fact) => saidOf(fact).map((s) => s.statement)))
  const isNews = (said: Said) => said.author.device !== own && !known.has(said.statement)
  return after.facts.filter((fact) => saidOf(fact).some(isNews)).length
}

export function outOfDateOf(made: readonly Made[], cached: Cached): Made[] {
  return outOfDate(made, cached.standing)
}

function lastSaid(view: View): UnixMillis | null {
  const times = view.facts.flatMap((fact) => saidOf(fact).map((s) => s.at))
  return times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b))
}

function saidOf(fact: FactView): Said[] {
  const values = Object.values(fact.fields).flatMap((field) => field.values.flatMap((value) => value.said))
  return fact.presence.state === 'present' ? values : [...values, ...fact.presence.retractions.map((r) => r.said)]
}
