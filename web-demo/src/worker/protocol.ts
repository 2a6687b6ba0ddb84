import type {
  AccessPage, CardMade, Deed, Edit, Entry, FirstScreen, Hex, Integrity, LastRead, LocalDate, Member, Quarantined, Received, Rights, Compartment, Right, Role, Told, UnixMillis, View,
} from '../logic/model.ts'
import type { GrantTerms, Preset, Reader } from '../logic/access.ts'
import type { KnownDevice, LockAnswers, LockRequest } from './lock.ts'
import type { Application } from '../logic/station.ts'
import type { Glass } from '../logic/glass.ts'
import type { SheetModel } from '../ui/print/model.ts'
import type { FarAnswers, FarRequest } from './far.ts'
import type { OfficerAnswers, OfficerAsk } from './officer.ts'

/** What the window asks of the core. One request, one answer; the core handles them one after the other. */
export type Request =
  | { do: 'create'; child: number; guardian: string; now: UnixMillis }
  | { do: 'generate-keys' }
  | { do: 'open'; child: number; keys: DeviceKeys; entries: Entry[] }
  | { do: 'close'; child: number }
  /** Takes in what has been tried, and asks for the rest. Without entries: goes on with what waits. */
  | { do: 'receive'; child: number; entries: { kind: number; bytes: Uint8Array }[]; verdicts: Verdict[] }
  /** In a throw-away copy: takes in at once. */
  | { do: 'take'; child: number; entries: { kind: number; bytes: Uint8Array }[] }
  /** Answers once the core is loaded. */
  | { do: 'ready' }
  /** To a worker that may die of it: does a document survive these changes? */
  | { do: 'try'; question: Question }
  | { do: 'edit'; child: number; record: Hex; edits: readonly Edit[]; now: UnixMillis }
  | { do: 'import'; child: number; record: Hex; json: string; now: UnixMillis }
  | { do: 'add-device'; child: number; publicKeys: Uint8Array; name: string; now: UnixMillis }
  | { do: 'grant'; child: number; publicKeys: Uint8Array; member: Member; rights: Rights; now: UnixMillis }
  // -- who may see it
  | { do: 'presets' }
  | { do: 'access-list'; child: number; today: LocalDate }
  | { do: 'grant-on'; child: number; publicKeys: Uint8Array; member: Member; rights: Rights; terms: GrantTerms; now: UnixMillis }
  | { do: 'grant-again'; child: number; device: Hex; member: Member; rights: Rights; terms: GrantTerms; now: UnixMillis }
  | { do: 'withdraw'; child: number; grant: Hex; today: LocalDate; now: UnixMillis }
  | { do: 'revoke' | 'close-grant'; child: number; grant: Hex; now: UnixMillis }
  | { do: 'remove-device'; child: number; device: Hex; now: UnixMillis }
  // -- kept apart
  | { do: 'endorse'; child: number; record: Hex; chunks: readonly Hex[]; now: UnixMillis }
  | { do: 'complete'; child: number; now: UnixMillis }
  | { do: 'quarantine'; child: number }
  | { do: 'deeds'; child: number }
  | { do: 'read-accesses' | 'read-card-openings'; child: number; last: LastRead | null; page: [number, Uint8Array][] }
  | { do: 'sign-for-card-openings'; child: number; nonce: Hex }

  | { do: 'read'; child: number; today: LocalDate }
  | { do: 'history'; child: number; compartment: Compartment; fact: string }
  | { do: 'card'; child: number; host: string; today: LocalDate }
  | { do: 'card-notice'; child: number; before: Uint8Array; stale: boolean; today: LocalDate }
  | { do: 'sheet'; child: number; host: string; today: LocalDate; lang: 'ja' | 'en' }
  | { do: 'integrity'; child: number }
  | { do: 'export'; child: number }
  | { do: 'sign-challenge'; child: number; nonce: Hex }
  | { do: 'pairing-offer'; secret: Uint8Array }
  | { do: 'pairing-accept'; qr: string; publicKeys: Uint8Array }
  | { do: 'pairing-mailbox'; qr: string }
  | { do: 'pairing-reply'; qr: string; record: Hex }
  | { do: 'pairing-read-reply'; qr: string; bytes: Uint8Array }
  /** What a phone that was let in needs to show the first screen. */
  | { do: 'for-first-screen'; child: number; publicKeys: Uint8Array }
  /** The same for an organisation's tablet: what its staff need who were met. */
  | { do: 'for-first-screen-of-staff'; child: number; qr: string; message: Uint8Array }
  | { do: 'qr'; text: string }
  | { do: 'devices'; child: number }
  | LockRequest
  | FarRequest
  // -- break-glass
  | { do: 'glass-consent'; child: number; list: Uint8Array; until: LocalDate | null; now: UnixMillis }
  | { do: 'glass-withdraw'; child: number; municipality: Hex; reason: string; now: UnixMillis }
  | { do: 'glass-file'; child: number; municipality: Hex }
  | { do: 'officer'; officer: OfficerAsk }
  // -- organisations and their shared tablets
  | { do: 'station-apply'; name: string; preset: string; person: string }
  | { do: 'station-mailbox'; qr: string }
  | { do: 'station-accept'; qr: string; message: Uint8Array }
  | { do: 'station-reply'; qr: string; record: Hex; grant: Hex }
  | { do: 'station-read-reply'; qr: string; bytes: Uint8Array }
  | { do: 'station-first-join'; organisation: Uint8Array; record: Hex; grant: Hex; secret: Uint8Array; now: UnixMillis }
  | { do: 'station-new-person' }
  | { do: 'locker-put'; locker: Uint8Array; label: string; secret: Uint8Array }
  | { do: 'locker-take'; secret: Uint8Array; label: string; sealed: Uint8Array }
  | { do: 'grant-of-organisation'; child: number; qr: string; message: Uint8Array }
  | { do: 'grant-organisation'; child: number; qr: string; message: Uint8Array; role: Role; rights: Rights; terms: GrantTerms; now: UnixMillis }
  | { do: 'renew-organisation'; child: number; organisation: Hex; rights: Rights; terms: GrantTerms; now: UnixMillis }
  | { do: 'staff-join'; child: number; organisation: Uint8Array; publicKeys: Uint8Array; member: Member; now: UnixMillis }
  | { do: 'staff-end'; child: number; organisation: Uint8Array; device: Hex; now: UnixMillis }

/** New keys of somebody: secret, public, and the name of the device they make. */
export interface NewPerson {
  secret: Uint8Array
  publicKeys: Uint8Array
  device: Hex
}

/** An organisation's tablet applies: its new keys in the record to come, its message, and the code it shows. */
export interface StationOffer {
  organisation: Uint8Array
  secret: Uint8Array
  message: Uint8Array
  qr: string
  mailbox: Hex
}

/** A device's secret keys in one record. They exist outside the vault only while the core holds them. */
export interface DeviceKeys {
  secret: Uint8Array
  record: Hex
}

/** Changes that nobody has tried, and the document they want to go into. */
export interface Question {
  candidate: Hex
  document: Uint8Array
  changes: Uint8Array[]
}

export type Verdict = [candidate: Hex, survived: boolean]

/** What the record shows now. */
export interface Reading {
  record: Hex
  device: Hex
  view: View
  first: FirstScreen
  rights: Partial<Record<Compartment, Right>>
  /** What came and is not in the view, and what has not come. */
  integrity: Integrity
  /** What waits for a guardian's word. */
  late: Late[]
  /** Consents to municipalities, and what their officers opened. */
  glass: Glass
}

/** One of them, without its words. */
export type Late = Pick<Quarantined, 'chunk' | 'compartment'>

/** The answer to each request. */
export interface Answers extends LockAnswers, FarAnswers {
  create: { secret: Uint8Array; record: Hex; entries: Entry[] }
  'generate-keys': Uint8Array
  open: null
  close: null
  receive: { received: Received; questions: Question[] }
  take: Received
  ready: null
  try: boolean
  edit: Entry[]
  import: Entry[]
  'add-device': Entry[]
  grant: Entry[]
  presets: Preset[]
  'access-list': Reader[]
  'grant-on': Entry[]
  'grant-again': Entry[]
  withdraw: Entry[]
  revoke: Entry[]
  'close-grant': Entry[]
  'remove-device': Entry[]
  endorse: Entry[]
  /** Empty if nothing was owed. */
  complete: Entry[]
  quarantine: Quarantined[]
  deeds: Deed[]
  'read-accesses': AccessPage
  'read-card-openings': AccessPage
  'sign-for-card-openings': { key: Hex; signature: Hex }
  read: Reading
  history: Told[]
  card: CardMade
  /** What is said from now on of the cards made so far, and where the relay keeps it. */
  'card-notice': { id: Hex; bytes: Uint8Array }
  sheet: SheetModel
  integrity: Integrity
  export: string
  'sign-challenge': Hex
  'pairing-offer': { qr: string; mailbox: Hex; publicKeys: Uint8Array }
  'pairing-accept': null
  'pairing-mailbox': Hex
  'pairing-reply': Uint8Array
  'pairing-read-reply': Hex
  'for-first-screen': Entry[]
  'for-first-screen-of-staff': Entry[]
  qr: boolean[][]
  devices: KnownDevice[]
  // -- organisations and their shared tablets
  'station-apply': StationOffer
  'station-mailbox': Hex
  'station-accept': Application
  'station-reply': Uint8Array
  'station-read-reply': { record: Hex; grant: Hex }
  'station-first-join': Entry
  'station-new-person': NewPerson
  'locker-put': Uint8Array
  'locker-take': Uint8Array
  /** Empty: there is none. */
  'grant-of-organisation': Hex
  'grant-organisation': Entry[]
  'renew-organisation': Entry[]
  'staff-join': Entry[]
  'staff-end': Entry[]
  'glass-consent': Entry[]
  'glass-withdraw': Entry[]
  /** What officers of a municipality may hold beforehand, sealed. */
  'glass-file': Uint8Array
  /** One of `OfficerAnswers`. */
  officer: OfficerAnswers[keyof OfficerAnswers]
}

export type Answer<R extends Request> = Answers[R['do']]

export interface Envelope {
  id: number
  request: Request
}

/** `crashed`: the module aborted, its memory is worthless, and the worker must be thrown away. */
export type Reply =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; code: string; detail: string; crashed: boolean }
