/**
 * The shapes that cross from the core as JSON. They mirror the Rust types of the same names; a field is optional
 * exactly where Rust skips it.
 */

/** Lower-case hex of 32 bytes. */
export type Hex = string
/** `YYYY-MM-DD`, local. */
export type LocalDate = string
/** Milliseconds since 1970-01-01T00:00:00Z, as the author's clock claimed them. */
export type UnixMillis = number
/** `COUNTER@ACTOR`. */
export type StatementId = string
/** A statement's id, or `only:KIND`. */
export type FactId = string

export type Compartment =
  | 'emergency'
  | 'care'
  | 'evacuation'
  | 'history'
  | 'life'
  | 'restricted'
  | 'people'
  | 'log'
  | 'consents'

export type Right = 'read' | 'append' | 'write' | 'confirm' | 'manage'

export type Role =
  | 'guardian'
  | 'doctor'
  | 'nurse'
  | 'school'
  | 'day-service'
  | 'coordinator'
  | 'municipality'
  | 'shelter'
  | 'pharmacy'
  | 'child'
  | 'other'

export type Standing = 'confirmed' | 'transcribed' | 'plain'
export type Way = 'observed' | 'told' | 'transcribed'

export type Value = string | boolean | string[]
export type Fields = Record<string, Value>

export interface How {
  way: Way
  by?: string
  document?: string
  date?: string
}

// ---- view ------------------------------------------------------------------------------------------------------------

export interface Author {
  device: Hex
  /** Empty if no manager named this key. */
  name: string
  role: Role
}

export interface Said {
  statement: StatementId
  author: Author
  at: UnixMillis
  how: How
  standing: Standing
  confirmed_by: [Author, UnixMillis][]
}

export interface ValueView {
  value: Value
  said: Said[]
}

export interface FieldView {
  /** More than one: a contradiction. */
  values: ValueView[]
}

export interface Retraction {
  reason: string
  said: Said
}

export type Presence =
  | { state: 'present' }
  | { state: 'retracted'; retractions: Retraction[] }
  | { state: 'contested'; retractions: Retraction[] }

export interface FactView {
  id: FactId
  compartment: Compartment
  kind: string
  fields: Record<string, FieldView>
  presence: Presence
}

export interface View {
  facts: FactView[]
}

// ---- history ---------------------------------------------------------------------------------------------------------

/** What a statement says. */
export type Body =
  | { set: { fields: Fields; supersedes: Record<string, StatementId[]>; again: StatementId[] } }
  | { retract: { reason: string; covers: StatementId[] } }
  | { confirm: { target: StatementId } }

export interface Statement {
  id: StatementId
  fact: FactId
  kind: string
  body: Body
  how: How
  said_at: UnixMillis
}

/** One statement of a fact's history, and what became of it. */
export interface Told {
  statement: Statement
  /** `null`: nobody vouches for its author, or they may not write here; then it does not count. */
  author: Author | null
  /** Per field, the statements that replaced its value. */
  superseded_by?: Record<string, StatementId[]>
  /** The retractions that cover it, or for a retraction: the statements that say otherwise. */
  answered_by?: StatementId[]
}

// ---- first screen ----------------------------------------------------------------------------------------------------

export interface Source {
  by: string
  role: Role
  on: LocalDate
  standing: Standing
  confirmed_by?: string
  told_by?: string
  document?: string
  known_on?: string
}

export interface Alternative {
  text: string
  source: Source
}

export interface Who {
  name: Alternative[]
  reading: Alternative[]
  birth_date: Alternative[]
  sex: Alternative[]
  weight: Alternative[]
  record_date: LocalDate
  photo?: Hex
}

export type BlockKind =
  | 'never'
  | 'now'
  | 'airway'
  | 'baseline'
  | 'avoid'
  | 'diagnosis'
  | 'wish'
  | 'phone'
  | 'critical-medicine'
  | 'medicine'
  | 'rest'

/** What kind of value it is, where the family wrote no heading. */
export type Label =
  | 'spo2'
  | 'pulse'
  | 'respiration'
  | 'temperature'
  | 'etco2'
  | 'consciousness'
  | 'other'
  | 'spare'
  | 'allergy'
  | 'card-number'
  | 'height'
  | 'blood-type'

export interface Line {
  label?: Label
  head?: string
  says: Alternative[]
  retracted?: Alternative[]
  /** Phones: `24h`, `weekdays 8-18`, … */
  hours?: string
  /** Phones: `day` or `night`, when to call there before anybody else. */
  first_at?: string
}

export interface Block {
  kind: BlockKind
  lines: Line[]
}

export interface FirstScreen {
  who: Who
  blocks: Block[]
}

// ---- edits -----------------------------------------------------------------------------------------------------------

export type Edit =
  | { do: 'add'; compartment: Compartment; kind: string; fields: Fields; how: How }
  | { do: 'set'; compartment: Compartment; fact: FactId; fields: Fields; clear?: string[]; how: How }
  | { do: 'retract'; compartment: Compartment; fact: FactId; reason: string; how: How }
  | { do: 'say-again'; compartment: Compartment; fact: FactId; how: How }
  | { do: 'confirm'; compartment: Compartment; statement: StatementId; how: How }

// ---- receiving and integrity -----------------------------------------------------------------------------------------

export interface Received {
  accepted: Hex[]
  /** They wait for others or for a key, and are kept. */
  waiting: Hex[]
  refused: { hash: Hex; code: string; detail: string }[]
  /** Own chunks that a snapshot left out: to be sent again. */
  push_again: Hex[]
  changed: boolean
}

/** Is the record whole? Mirrors `Integrity` of the core, as far as the app tells it. */
export interface Integrity {
  intact: boolean
  /** Named as predecessors by chunks that came, and not here. */
  missing: { author: Hex; compartment: Hex; counter: number; chunk: Hex }[]
  /** Came, and cannot be judged or opened yet. */
  waiting: Hex[]
  /** Refused. */
  set_aside: SetAside[]
  /** Several chunks of one author in one place. */
  forks: { author: Hex; compartment: Hex; counter: number; chunks: Hex[] }[]
  /** Two changes of one writing session in one place. */
  equivocations: [compartment: Compartment, actor: string, sequence: number, changes: [Hex, Hex]][]
  /** Statements of which nobody proves the author; not in the view. */
  unattested: number
}

export interface SetAside {
  hash: Hex
  /** Who claimed to have made it, if that could be read. */
  author: Hex | null
  code: string
}

// ---- kept apart, and who did what ------------------------------------------------------------------------------------

/** What somebody wrote that whoever removed them had not seen: kept, and not in the view. */
export interface Quarantined {
  compartment: Compartment
  chunk: Hex
  author: Hex
  /** Empty if no manager named this key. */
  name: string
  statements: Statement[]
}

/** One operation of the ledger. */
export interface Deed {
  id: Hex
  at: UnixMillis
  what:
    | 'genesis' | 'add-device' | 'remove-device' | 'grant' | 'revoke' | 'close' | 'rotate' | 'endorse' | 'restart' | 'staff-join' | 'staff-end'
  by: Hex
  name: string
  in_force: boolean
  until?: LocalDate
  /** The keys that it lets in, or whose time it ends. */
  devices: Hex[]
  /** The grant that it takes back. */
  grant?: Hex
  compartments: Compartment[]
}

/** One line of the relay's lists: who was sent something, who told that the record was opened, and that somebody asked about a card. */
export type Noted = Fetched | ToldOpening | AskedCard

interface NotedPlace {
  number: number
  hash: Hex
  /** By the relay's clock, or as the device told. */
  began: UnixMillis
  ended: UnixMillis
}

/** Something was sent to a device. */
export interface Fetched extends NotedPlace {
  what: 'fetched'
  device: Hex
  entries: number
  compartments: Compartment[]
}

/** A device told that the record was opened on it. */
export interface ToldOpening extends NotedPlace {
  what: 'told'
  device: Hex
  way: OpenedWay
  /** When the relay heard of it. */
  heard: UnixMillis
}

/** Somebody with a network asked about a card. */
export interface AskedCard extends NotedPlace {
  what: 'asked'
  /** 0: not said. */
  generation: number
  times: number
}

/** How the record was opened on a device. */
export type OpenedWay = 'read' | 'handed-over' | 'locked' | 'other'

/** How far somebody has read the relay's list of accesses. */
export interface LastRead {
  number: number
  hash: Hex
  relay: Hex
}

/** What the relay's list of accesses is not, that it should be. */
export type AccessTrouble =
  | { what: 'altered' | 'set-back' | 'unreadable' | 'other-signer'; number: number }
  | { what: 'missing'; first: number; last: number }

export interface AccessPage {
  accesses: Noted[]
  troubles: AccessTrouble[]
  last: LastRead | null
}

export type EntryKind = 0 | 1 | 2 | 3 | 4 | 5

/** What rests and travels: the signed bytes, exactly as made or received. */
export interface Entry {
  kind: EntryKind
  hash: Hex
  bytes: Uint8Array
}

// ---- cards -----------------------------------------------------------------------------------------------------------

export interface CardMade {
  url: string
  version: number
  ecc: string
  bytes: number
  /** Of two cards of one child, the higher one knows more. */
  generation: number
  /** What did not fit, a phrase each, in Japanese. */
  left_out: string[]
  /** The same in English. */
  left_out_en: string[]
  svg: string
  /** Rows of dark modules, without quiet zone. */
  modules: boolean[][]
}

export interface OpenedCard {
  screen: FirstScreen
  /** What did not fit, a phrase each, in Japanese. */
  left_out: string[]
  /** The same in English. */
  left_out_en: string[]
  /** Of two cards of one child, the higher one knows more. */
  generation: number
  printed_on: LocalDate
  /** The signature holds: unchanged since printed, no more. */
  intact: boolean
  version: number
}

/** A member as a manager of the record names it. */
export interface Member {
  name: string
  role: Role
  organisation?: string
}

export type Rights = [Compartment, Right][]
