import type { Asked, HeldLabel, OfficersList } from '../logic/glass.ts'
import type { Entry, EntryKind, FirstScreen, Hex, UnixMillis, View } from '../logic/model.ts'
import type { Held } from '../generated/vault/omamori_wasm.js'
import { Failure } from '../logic/result.ts'
import { vault } from './module.ts'
import type { Question, Verdict } from './protocol.ts'

/** An officer's keys as they rest, and the PIN that opens them. They are open only while one question is answered. */
export interface OfficerKeys {
  sealed: Uint8Array
  pin: string
}

/** A child's sealed pages. */
export interface HeldPages {
  record: Hex
  entries: { kind: number; bytes: Uint8Array }[]
}

/** What an officer's page asks of the core. */
export type OfficerAsk =
  | { ask: 'new'; pin: string }
  | { ask: 'list'; bytes: Uint8Array }
  | { ask: 'sign-list'; keys: OfficerKeys; generation: number; name: string; officers: { name: string; office: string; keys: Hex }[]; now: UnixMillis }
  | { ask: 'challenge'; keys: OfficerKeys; municipality: Hex; nonce: Hex }
  | { ask: 'label'; keys: OfficerKeys; held: HeldPages }
  | { ask: 'agree'; keys: OfficerKeys; held: HeldPages; second: Hex; reason: string; from: UnixMillis; until: UnixMillis }
  | { ask: 'about'; release: Uint8Array }
  | { ask: 'look'; keys: OfficerKeys; held: HeldPages; release: Uint8Array }
  /** Opens, and reads nothing yet: what tells the family is to be stored first. */
  | { ask: 'open'; keys: OfficerKeys; held: HeldPages; release: Uint8Array; now: UnixMillis }
  /** Reads what was opened last, as far as it was tried elsewhere. */
  | { ask: 'read-opened'; verdicts: Verdict[] }
  | { ask: 'carried'; file: Uint8Array }

export interface OfficerAnswers {
  new: { sealed: Uint8Array; officer: Hex; keys: Hex; municipality: Hex; fingerprint: string }
  list: OfficersList
  'sign-list': Uint8Array
  challenge: Hex
  /** `null`: nothing here is for this officer. */
  label: HeldLabel | null
  agree: Uint8Array
  about: { record: Hex; second: Hex }
  look: Asked
  open: { entry: Uint8Array }
  /** Ask again with all verdicts until there are no questions. */
  'read-opened': { first: FirstScreen; view: View; questions: Question[] }
  carried: { record: Hex; entries: Entry[] }
}

const PURPOSE = 'officer'

export function answerOfficer(ask: OfficerAsk): OfficerAnswers[keyof OfficerAnswers] {
  switch (ask.ask) {
    case 'new':
      return fresh(ask.pin)
    case 'list':
      return json(vault.officers_list(ask.bytes))
    case 'sign-list':
      return withSecret(ask.keys, (secret) => vault.sign_officers(secret, ask.generation, ask.name, JSON.stringify(ask.officers), ask.now))
    case 'challenge':
      return withSecret(ask.keys, (secret) => vault.sign_as_officer(secret, ask.municipality, ask.nonce))
    case 'label':
      return withHeld(ask, (held) => json(held.label()))
    case 'agree':
      return withHeld(ask, (held) => held.agree(ask.second, ask.reason, ask.from, ask.until))
    case 'about':
      return json(vault.release_about(ask.release))
    case 'look':
      return withHeld(ask, (held) => json(held.look(ask.release)))
    case 'open':
      return open(ask)
    case 'read-opened':
      return readOpened(ask.verdicts)
    case 'carried': {
      const [record, entries] = vault.carried(ask.file) as [Hex, [EntryKind, Hex, Uint8Array][]]
      return { record, entries: entries.map(([kind, hash, bytes]) => ({ kind, hash, bytes })) }
    }
  }
}

/** Opened, and not yet read to its end. */
let opened: Held | null = null

function open({ keys, held, release, now }: Extract<OfficerAsk, { ask: 'open' }>): OfficerAnswers['open'] {
  forget()
  return withSecret(keys, (secret) => {
    opened = heldOf(secret, held)
    return { entry: opened.openTogether(release, now) }
  })
}

function readOpened(verdicts: Verdict[]): OfficerAnswers['read-opened'] {
  if (opened === null) throw new Failure('not-for-this', 'nothing is open')
  const [shown, asked] = opened.readTried(verdicts) as [string, [string, Uint8Array, Uint8Array[]][]]
  const questions = asked.map(([candidate, document, changes]) => ({ candidate, document, changes }))
  if (questions.length === 0) forget()
  return { ...json<{ first: FirstScreen; view: View }>(shown), questions }
}

function forget(): void {
  opened?.free()
  opened = null
}

function fresh(pin: string): OfficerAnswers['new'] {
  const secret = vault.new_officer()
  const keys = Array.from(vault.Child.publicKeys(secret), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const sealed = vault.sealUnderPin(pin, secret, PURPOSE)
  const made = { sealed, keys, ...json<{ officer: Hex; municipality: Hex; fingerprint: string }>(vault.officer_keys(secret)) }
  secret.fill(0)
  return made
}

function withSecret<T>({ sealed, pin }: OfficerKeys, use: (secret: Uint8Array) => T): T {
  const secret = vault.openUnderPin(pin, sealed, PURPOSE)
  try {
    return use(secret)
  } finally {
    secret.fill(0)
  }
}

function withHeld<T>(ask: { keys: OfficerKeys; held: HeldPages }, use: (held: Held) => T): T {
  return withSecret(ask.keys, (secret) => {
    const held = heldOf(secret, ask.held)
    try {
      return use(held)
    } finally {
      held.free()
    }
  })
}

const heldOf = (secret: Uint8Array, { record, entries }: HeldPages): Held => vault.Held.open(secret, record, entries.map((e) => [e.kind, e.bytes]))

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the caller expects, once
function json<T>(text: string): T {
  return JSON.parse(text) as T
}
