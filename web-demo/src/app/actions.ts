import type { LockActions } from './act/lock.svelte.ts'
import type { OwnPinActions } from './act/own-pin.svelte.ts'
import type { RecoveryActions } from './act/recovery.svelte.ts'
import type { AccessBooks } from '../logic/accesses.ts'
import type { Apart } from '../logic/apart.ts'
import type { Made, MadeKind } from '../logic/made.ts'
import type {
  Author, Body, CardMade, Compartment, Deed, Edit, FactId, Fields, Hex, How, Member, Rights, Role, StatementId, UnixMillis, Value,
} from '../logic/model.ts'
import type { Late } from '../logic/late.ts'
import type { GrantTerms } from '../logic/access.ts'
import type { Difference } from '../logic/differences.ts'
import type { ChildId } from '../logic/route.ts'
import type { Application, Station } from '../logic/station.ts'
import type { StartDraft } from '../logic/start.ts'
import type { EditTicket } from '../logic/ticket.ts'
import type { SheetModel } from '../ui/print/model.ts'
import type { AccessActions } from './act/access.svelte.ts'
import type { FarActions } from './act/far.svelte.ts'
import type { GlassActions } from './act/glass.svelte.ts'
import type { OfficerActions } from './act/officer.svelte.ts'

/**
 * Everything a screen may ask for. Each promise resolves only after what it promises is on the disk of this device, and
 * rejects with a `Failure` whose code has words in the messages; the same failure is then in `app.failure`.
 */
export interface Actions extends AccessActions, FarActions, LockActions, OwnPinActions, RecoveryActions, GlassActions, OfficerActions {
  // -- children
  startDraft(): Promise<StartDraft | null>
  saveStartDraft(draft: StartDraft): Promise<void>
  dropStartDraft(): Promise<void>
  /** A new child from the draft; the draft is dropped in the same transaction. */
  createChild(draft: StartDraft): Promise<ChildId>
  openChild(child: ChildId): Promise<void>
  closeChild(): void
  setPhoto(child: ChildId, photo: Blob | null): Promise<void>
  /** Everything seen: nothing is "new" any more. */
  markSeen(child: ChildId): Promise<void>

  // -- editing
  /**
   * Taken when a form opens; it remembers what stood in the fact then. Throws `core-starting` for an existing fact while
   * `app.open.view` is null. Saving with it throws `changed-meanwhile` if somebody else spoke about the fact in between:
   * show what stands now, keep what was typed, and take a new ticket.
   */
  ticket(child: ChildId, fact: FactId | null): EditTicket
  edit(ticket: EditTicket, edits: readonly Edit[]): Promise<void>
  /** What was typed into a form, kept until saved or dropped. */
  formDraft(key: string): Promise<Fields | null>
  saveFormDraft(key: string, fields: Fields | null): Promise<void>
  /** A person decides between values that stand side by side, with a reason in their own words, or none. */
  settle(ticket: EditTicket, difference: Difference, value: Value, reason: string, how: How): Promise<void>
  /** Of a contested fact: it holds, or it no longer does. */
  settlePresence(ticket: EditTicket, difference: Difference, holds: boolean, reason: string, how: How): Promise<void>
  confirm(ticket: EditTicket, compartment: Compartment, statement: StatementId, how: How): Promise<void>
  /** Every statement ever said about a fact. */
  history(child: ChildId, fact: FactId): Promise<HistoryItem[]>

  // -- handing the phone over (医師に見せる)
  lockFor(child: ChildId): Promise<void>
  /** Four digits or more; `null` removes it. */
  setReturnCode(code: string | null): Promise<void>
  /** Leaves the handed-over screen. Without a chosen code, any text will do: the screen asks to press and hold. */
  unlock(code: string): Promise<Unlock>
  /** The code is forgotten: an hour from now the phone opens without it. */
  forgotCode(): Promise<void>

  // -- card and paper
  /** The card as it would be made now. Remembered as made only by `markMade`. */
  card(child: ChildId): Promise<CardMade>
  /** The printed sheet as the core lays it out. */
  sheet(child: ChildId): Promise<SheetModel>
  markMade(child: ChildId, kind: MadeKind, generation: number): Promise<void>
  /** Thrown away or replaced: no longer listed as out of date. */
  discardMade(child: ChildId, made: Made): Promise<void>

  // -- people and devices
  /** This phone wants to join: makes keys, shows the code and waits until the other phone has answered. `over`: what to do once its time is over. */
  join(show: (code: PairingCode) => void, signal: AbortSignal, over?: CodeOver): Promise<ChildId>
  /** What the scanned code is, before anything is given away. */
  readPairing(qr: string): Promise<PairingRequest>
  /** The codes to show one after the other to a phone without a network. */
  joinFrames(): Promise<boolean[][][]>
  /** Joins by the answer read from the other phone's screen: its first screen is there at once, the rest comes with a network. */
  joinByAnswer(answer: Uint8Array): Promise<ChildId>
  /** The keys read from the other phone's screen, if they are those of its pairing code. */
  readPairingFrames(qr: string, publicKeys: Uint8Array): Promise<PairingRequest>
  /** The answer as codes to show one after the other, for a phone that cannot be told over the network, or was not. */
  answerTo(child: ChildId, request: PairingRequest): Promise<boolean[][][]>
  /** Second phone of the same guardian: everything, as manager. */
  addOwnDevice(child: ChildId, request: PairingRequest, name: string): Promise<Admitted>
  grant(child: ChildId, request: PairingRequest, member: Member, rights: Rights): Promise<Admitted>

  // -- kept apart, and who did what
  /** What has not come, and what came and is kept out of the record. */
  apart(child: ChildId): Promise<Apart[]>
  /** What somebody wrote that whoever removed them had not seen. Nothing of it is in the view. */
  late(child: ChildId): Promise<Late[]>
  /** Says it again under this device's own name. */
  endorse(child: ChildId, chunk: Hex): Promise<void>
  /** It asks no more on this device, or asks again. */
  leaveApart(child: ChildId, chunk: Hex, leave: boolean): Promise<void>
  /** Everything that was done with the record: let in, taken back, brought new keys. Oldest first. */
  deeds(child: ChildId): Promise<Deed[]>
  /** Who fetched and opened what, as far as this device has read it. */
  accesses(child: ChildId): Promise<AccessBooks>
  /** The same, after asking the relay. */
  readAccesses(child: ChildId): Promise<AccessBooks>

  // -- organisations and their shared tablets
  /** From now on this device is an organisation's tablet; whoever sets it up manages the staff. The PIN is typed twice. */
  setUpStation(station: Station, name: string, pin: string, again: string): Promise<void>
  /** Somebody says who they are. From then on everything is read and written with their keys. */
  enter(person: string, pin: string): Promise<Unlock>
  /** Nobody is there any more: the tablet asks again. */
  leaveTablet(): Promise<void>
  /** Resolves to the number of children whose record does not open for them yet. */
  addStaff(name: string, pin: string, again: string): Promise<number>
  /** What could not be told to a record before, if whoever manages the staff is there. */
  settleStaff(): Promise<void>
  /** The person cannot open this tablet any more. Resolves to the number of children whose record could not be told yet. */
  endStaff(person: string): Promise<number>
  /**
   * A colleague forgot the number: the same name, a new number, and new keys in each child's record. Resolves to the number of children
   * whose record could not be told yet.
   */
  giveNewPin(person: string, pin: string, again: string): Promise<number>
  /** A colleague manages the staff as well, or no longer. */
  setManager(person: string, manages: boolean): Promise<void>
  /** The tablet shows a code to a family and waits until it has been let in. */
  applyForChild(show: (code: PairingCode) => void, signal: AbortSignal, over?: CodeOver): Promise<ChildId>
  /** The codes to show one after the other to a family whose phone, or whose tablet, has no network. */
  applyFrames(): Promise<boolean[][][]>
  /** Takes the child in by the answer read from the family's screen, for everybody on the staff; the rest comes with a network. */
  applyByAnswer(answer: Uint8Array): Promise<ChildId>
  /** The family's phone: who applies, before anything is given away. */
  readOrganisation(qr: string): Promise<OrganisationRequest>
  /** The same, read from the tablet's screen. */
  readOrganisationFrames(qr: string, message: Uint8Array): Promise<OrganisationRequest>
  /** Called again, it only tells the tablet. */
  grantOrganisation(child: ChildId, request: OrganisationRequest, role: Role, rights: Rights, terms: GrantTerms): Promise<OrganisationTold>
  /** Answers an organisation's tablet whose application was agreed to already; `null` if it was not. */
  tellOrganisation(child: ChildId, request: OrganisationRequest): Promise<OrganisationTold | null>
  /** After that: the answer for a tablet without a network, with the first screen; as codes to show one after the other. */
  answerToOrganisation(child: ChildId, request: OrganisationRequest): Promise<boolean[][][]>

  // -- device
  /** Sample families, when the relay of a demo offers them. Returns how many were taken in. */
  loadDemo(): Promise<number>
  setLocale(locale: 'ja' | 'en'): Promise<void>
  persistStorage(): Promise<boolean>
  install(): Promise<boolean>
  /** This tab becomes the one that writes; the other one turns to reading. */
  takeOver(): Promise<void>
  syncNow(): void
  /** Starts the newer version. Asks nothing: call it only when the parent pressed the button. */
  update(): void
  exportJson(child: ChildId): Promise<string>
  importJson(ticket: EditTicket, json: string): Promise<void>
  dismissFailure(): void
}

export type Unlock = { kind: 'open' } | { kind: 'wrong'; tries: number } | { kind: 'wait'; until: number }

/** A code whose time is over: the same once more, or a new one, for which the answers to the old one do not fit. */
export type CodeOver = 'same' | 'new'

export interface PairingCode {
  /** Text of the QR. */
  qr: string
  /** Dark modules, row by row, without quiet zone. */
  modules: boolean[][]
  /** The code stops working then. */
  expiresAt: number
}

/** Somebody was let in, on this phone. */
export interface Admitted {
  /** The answer lies at the relay. Whether the other phone fetched it, nobody here knows. */
  delivered: boolean
  /** The server did not take what was decided. It stands on this phone. */
  refused: boolean
  /** These keys were let in before: they were answered again, and nothing else was decided. */
  already: boolean
}

export interface PairingRequest {
  qr: string
  /** Public keys of the other phone, checked against the code it showed. */
  publicKeys: Uint8Array
}

/** An organisation that applies, checked against the code its tablet showed. */
export interface OrganisationRequest {
  qr: string
  mailbox: string
  message: Uint8Array
  application: Application
  /** Read from the tablet's screen: it may have no network, and then it reads the answer from this one. */
  filmed: boolean
}

/** What became of the answer to a tablet. `waits`: until there is a network; `refused`: the relay did not take all of it. */
export type OrganisationTold = 'told' | 'waits' | 'refused'

/** One statement of a fact's history. */
export interface HistoryItem {
  statement: StatementId
  author: Author
  /** Nobody vouches for its author, or they may not write here: it is kept, and does not count. */
  counts: boolean
  at: UnixMillis
  how: How
  body: Body
  /** The statements that replaced, covered or answered it; empty while it stands. */
  superseded_by: StatementId[]
}
