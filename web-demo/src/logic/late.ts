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
  /** Nobody in the record names the author; a colleague of theirs did, at this organisation, as late as they were. */
  called: Called | null
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

/** A name that is no more than somebody's word. `by`: the organisation they both work for. */
export interface Called {
  name: string
  by: string
}

/**
 * Why it is kept apart: how the author's time ended, by whom, and when by their clock. `unheard`: what an organisation was granted
 * had ended before anybody heard of its staff; `by` is the organisation.
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
  const all = askedAbout(parts.quarantine, parts.deeds).map((one) => toLate(one, parts))
  return all.sort((a, b) => Number(a.left) - Number(b.left) || b.at - a.at)
}

/**
 * What a guardian is asked about. An organisation's staff say on a tablet who else writes there: what says nothing else is nothing about
 * the child. Beside anything else it is shown, as an answer for a chunk says again whatever is in it.
 */
export function askedAbout(quarantine: readonly Quarantined[], deeds: readonly Deed[]): Quarantined[] {
  const shown = quarantine.filter(({ author, statements }) => !statements.every(({ kind }) => kind === NAMING) || !isStaff(author, deeds))
  const chunks = new Set(shown.map(({ chunk }) => chunk))
  return quarantine.filter(({ chunk }) => chunks.has(chunk))
}

/** The kind of a statement that says who somebody is. */
const NAMING = 'member'

/** Did they write for an organisation, as far as the end of their time tells? */
function isStaff(author: Hex, deeds: readonly Deed[]): boolean {
  const how = endOf(author, deeds)?.how
  return how === 'unheard' || how === 'left'
}

/** What a colleague called somebody whom the family never met. Nobody names themselves, or takes a name that the record knows. */
function calledOf(device: Hex, { quarantine, deeds, view }: LateParts): Called | null {
  const employers = deeds.filter((deed) => deed.what === 'staff-join' && deed.devices.includes(device) && deed.name !== '')
  const taken = namesIn(quarantine, deeds, view)
  for (const { author, statements } of quarantine) {
    const joins = (deed: Deed) => author !== device && deed.what === 'staff-join' && deed.devices.includes(author)
    const employer = employers.find(({ by }) => deeds.some((deed) => joins(deed) && deed.by === by))
    if (employer === undefined) continue
    const said = statements.flatMap(({ kind, body }) => (kind === NAMING && 'set' in body && body.set.fields['device'] === device ? [body.set.fields['name']] : []))
    const name = said.find((one) => typeof one === 'string' && plain(one) !== '' && !taken.has(plain(one)))
    if (typeof name === 'string') return { name, by: employer.name }
  }
  return null
}

function namesIn(quarantine: readonly Quarantined[], deeds: readonly Deed[], view: View | null): Set<string> {
  const members = (view?.facts ?? []).filter((fact) => fact.kind === NAMING)
  const said = members.flatMap((fact) => fact.fields['name']?.values.flatMap(({ value }) => (typeof value === 'string' ? [value] : [])) ?? [])
  return new Set([...said, ...deeds.map(({ name }) => name), ...quarantine.map(({ name }) => name)].map(plain))
}

/** As an eye reads it: without blanks and what is not seen, wide letters like narrow ones. */
function plain(name: string): string {
  return name.normalize('NFKC').replace(/[\s\p{Cf}]/gu, '').toLowerCase()
}

function toLate(one: Quarantined, parts: LateParts): Late {
  const { deeds, view, left, manages } = parts
  const author = { device: one.author, name: one.name, role: roleOf(one.author, view) }
  return {
    chunk: one.chunk,
    compartment: one.compartment,
    author,
    called: one.name === '' ? calledOf(one.author, parts) : null,
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
  if (first === undefined || certified.some(({ in_force }) => in_force) || !hasEndedForSome(deeds)) return null
  return { how: 'unheard', by: first.name, at: first.at }
}

/** Has a grant ended that was not given to a key itself, as an organisation's is not? Which organisation's, a deed does not tell. */
function hasEndedForSome(deeds: readonly Deed[]): boolean {
  const grants = new Set(deeds.flatMap(({ what, devices, id }) => (what === 'grant' && devices.length === 0 ? [id] : [])))
  return deeds.some(({ what, in_force, grant }) => (what === 'revoke' || what === 'close') && in_force && grant !== undefined && grants.has(grant))
}

function roleOf(device: Hex, view: View | null): Role {
  const said = (view?.facts ?? []).filter((fact) => fact.kind === 'member' && fact.fields['device']?.values[0]?.value === device)
  const role = said[0]?.fields['role']?.values[0]?.value
  return typeof role === 'string' ? (role as Role) : 'other'
}
