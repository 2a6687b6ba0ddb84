import type { Compartment, Deed, FactView, Fields, FieldView, Hex, Quarantined, Role, Said, Statement, UnixMillis, View } from './model.ts'

/** What was written too late, as far as counting needs it. `mine`: this device may answer for it. */
export interface LateOne {
  chunk: Hex
  mine: boolean
}

/** `answer`: for this device to decide. `wait`: for somebody else, who manages what it is about. */
export interface LateCount {
  answer: number
  wait: number
}

/** `left`: what was left as it is on this device asks no more. */
export function countLate(cached: { late?: readonly LateOne[] } | undefined, left: readonly Hex[]): LateCount {
  const open = (cached?.late ?? []).filter(({ chunk }) => !left.includes(chunk))
  const answer = open.filter(({ mine }) => mine).length
  return { answer, wait: open.length - answer }
}

/** What one person said at one time and whoever ended their time had not seen, as a screen tells it. */
export interface Late {
  chunk: Hex
  compartment: Compartment
  author: { device: Hex; name: string; role: Role }
  /** When, by the author's clock. */
  at: UnixMillis
  says: LateSaying[]
  ended: Ended | null
  /** May this device say it again under its own name? */
  mine: boolean
  /** Left as it is on this device. */
  left: boolean
}

export type LateSaying =
  /** `now`: the same fields as they stand in the record, if the fact is there. */
  | { does: 'say'; fact: FactView; now: FactView | null }
  | { does: 'retract'; reason: string; now: FactView | null }
  | { does: 'confirm' }

/**
 * Why it is kept apart: how the author's time ended, by whom, and when by their clock. `unheard`: what their organisation was granted
 * had ended before anybody heard of them.
 */
export interface Ended {
  how: 'removed' | 'revoked' | 'expired' | 'left' | 'unheard'
  by: string
  at: UnixMillis
}

export interface LateParts {
  quarantine: readonly Quarantined[]
  deeds: readonly Deed[]
  view: View | null
  left: readonly Hex[]
  manages: (compartment: Compartment) => boolean
}

/** Everything that was written too late, newest first; what was left as it is comes last. */
export function lateOf(parts: LateParts): Late[] {
  const named = namedIn(parts.quarantine)
  const all = askedAbout(parts.quarantine).map((one) => toLate({ ...one, name: one.name || (named.get(one.author) ?? '') }, parts))
  return all.sort((a, b) => Number(a.left) - Number(b.left) || b.at - a.at)
}

/** What a guardian is asked about. Who else writes on a tablet, as one of its staff said, is nothing about the child. */
export function askedAbout(quarantine: readonly Quarantined[]): Quarantined[] {
  const asked = quarantine.map((one) => ({ ...one, statements: one.statements.filter(({ kind }) => kind !== NAMING) }))
  return asked.filter(({ statements }) => statements.length > 0)
}

/** The kind of a statement that says who somebody is. */
const NAMING = 'member'

/** Whom the family never met is called what their colleague called them, who was as late as they were. */
function namedIn(quarantine: readonly Quarantined[]): Map<Hex, string> {
  const said = quarantine.flatMap(({ statements }) => statements.flatMap(({ kind, body }) => (kind === NAMING && 'set' in body ? [body.set.fields] : [])))
  return new Map(said.flatMap(({ device, name }) => (typeof device === 'string' && typeof name === 'string' ? [[device, name] as const] : [])))
}

function toLate(one: Quarantined, { deeds, view, left, manages }: LateParts): Late {
  const author = { device: one.author, name: one.name, role: roleOf(one.author, view) }
  return {
    chunk: one.chunk,
    compartment: one.compartment,
    author,
    at: Math.max(...one.statements.map((statement) => statement.said_at)),
    says: one.statements.map((statement) => saying(statement, one.compartment, author, view)),
    ended: endOf(one.author, deeds),
    mine: manages(one.compartment),
    left: left.includes(one.chunk),
  }
}

function saying(statement: Statement, compartment: Compartment, author: Late['author'], view: View | null): LateSaying {
  const now = view?.facts.find((fact) => fact.id === statement.fact) ?? null
  if ('confirm' in statement.body) return { does: 'confirm' }
  if ('retract' in statement.body) return { does: 'retract', reason: statement.body.retract.reason, now }
  const { fields } = statement.body.set
  return { does: 'say', fact: asFact(statement, fields, compartment, author), now: now && sameFields(now, fields) }
}

/** The statement as the fact it would be, if nothing else were said about it. */
function asFact(statement: Statement, fields: Fields, compartment: Compartment, author: Late['author']): FactView {
  const said: Said = {
    statement: statement.id,
    author,
    at: statement.said_at,
    how: statement.how,
    standing: statement.how.way === 'transcribed' ? 'transcribed' : 'plain',
    confirmed_by: [],
  }
  const views = Object.entries(fields).map(([field, value]): [string, FieldView] => [field, { values: [{ value, said: [said] }] }])
  return { id: statement.fact, compartment, kind: statement.kind, fields: Object.fromEntries(views), presence: { state: 'present' } }
}

function sameFields(fact: FactView, fields: Fields): FactView {
  return { ...fact, fields: Object.fromEntries(Object.entries(fact.fields).filter(([field]) => field in fields)) }
}

const ENDS: Partial<Record<Deed['what'], Ended['how']>> = {
  'remove-device': 'removed',
  revoke: 'revoked',
  close: 'expired',
  'staff-end': 'left',
}

/** The first that ended this device's time and still holds: words are late because of it. */
function endOf(device: Hex, deeds: readonly Deed[]): Ended | null {
  for (const { what, devices, in_force, name, at } of deeds) {
    const how = ENDS[what]
    if (how !== undefined && in_force && devices.includes(device)) return { how, by: name, at }
  }
  const certified = deeds.filter(({ what, devices }) => what === 'staff-join' && devices.includes(device))
  const [first] = certified
  return first !== undefined && certified.every(({ in_force }) => !in_force) ? { how: 'unheard', by: first.name, at: first.at } : null
}

function roleOf(device: Hex, view: View | null): Role {
  const said = (view?.facts ?? []).filter((fact) => fact.kind === 'member' && fact.fields['device']?.values[0]?.value === device)
  const role = said[0]?.fields['role']?.values[0]?.value
  return typeof role === 'string' ? (role as Role) : 'other'
}
