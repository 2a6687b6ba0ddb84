import { afterWrong, NO_TRIES, waiting, type Tries } from '../../logic/backoff.ts'
import type { Asked, HeldLabel, ListedOfficer, OfficersList, OpenedPages } from '../../logic/glass.ts'
import { readTownCode } from '../../logic/glass.ts'
import type { EntryKind, Hex, UnixMillis } from '../../logic/model.ts'
import { asFailure, Failure } from '../../logic/result.ts'
import type { OfficerAnswers, OfficerAsk, OfficerKeys } from '../../worker/officer.ts'
import { Core } from '../../worker/core.ts'
import { readOpened } from '../../worker/officer-reading.ts'
import { session } from '../boot.ts'

/** Somebody's keys on this device, shut by a PIN. */
export interface OfficerBox {
  id: Hex
  name: string
  office: string
  /** Public keys, for the list. */
  keys: Hex
  sealed: Uint8Array
  /** What these keys are called when they sign a list. */
  municipality: Hex
  fingerprint: string
  /** When they were put on this device. */
  at: UnixMillis
  /** Wrong PINs so far; none in a box of an older version. */
  tries?: Tries
}

/** A child's pages as they are held: sealed, without a name. */
export interface HeldBox {
  record: Hex
  label: HeldLabel
  entries: { kind: EntryKind; bytes: Uint8Array }[]
  at: UnixMillis
}

/** What tells a family, until the relay has it. */
interface OpeningBox {
  record: Hex
  bytes: Uint8Array
}

export interface OfficerDesk {
  officers: OfficerBox[]
  held: HeldBox[]
  /** Openings that no relay has taken yet. */
  untold: number
}

/** An officer's public half, as a file for whoever makes the list. */
export interface OfficerCard {
  name: string
  office: string
  keys: Hex
}

export interface SignedList {
  bytes: Uint8Array
  says: OfficersList
}

/** The officers' side of break-glass. A PIN is asked for at every step: keys are open only while one question is answered. */
export interface OfficerActions {
  officerDesk(): Promise<OfficerDesk>
  makeOfficer(name: string, office: string, pin: string): Promise<void>
  /** Signs and publishes a municipality's list with the keys of whoever keeps it. */
  signOfficers(keeper: OfficerBox, pin: string, name: string, officers: readonly OfficerCard[]): Promise<SignedList>
  /** Fetches the sealed pages of every family that agreed; what no family agrees to any more is thrown away. */
  fetchHeld(officer: OfficerBox, pin: string, code: string): Promise<number>
  /** Takes in sealed pages that came as a file. */
  takeHeld(officer: OfficerBox, pin: string, file: Blob): Promise<void>
  /** The first officer agrees: bytes for the second one alone. */
  agreeToOpen(officer: OfficerBox, pin: string, held: HeldBox, second: ListedOfficer, reason: string, hours: number): Promise<Uint8Array>
  /** Which child and which officer a release is for. */
  releaseAbout(release: Uint8Array): Promise<{ record: Hex; second: Hex }>
  /** What the second officer is asked. */
  lookAtRelease(officer: OfficerBox, pin: string, held: HeldBox, release: Uint8Array): Promise<Asked>
  /** The second officer agrees; what tells the family is on the disk before anything is shown. */
  openTogether(officer: OfficerBox, pin: string, held: HeldBox, release: Uint8Array, asked: Asked): Promise<OpenedPages>
  /** Tells the families, as far as there is a network. Returns how many still wait. A refusal is thrown after the others are told. */
  tellFamilies(): Promise<number>
  /** A text as the dark modules of a QR code. */
  codeOf(text: string): Promise<boolean[][]>
}

/** How long officers wait at most until the relay has what tells the family. It is on their disk already. */
const TELLING_MS = 3000

export const officerActions: OfficerActions = {
  officerDesk,
  makeOfficer: async (name, office, pin) => {
    const made = await ask({ ask: 'new', pin })
    const { officer: id, keys, sealed, municipality, fingerprint } = made
    const box: OfficerBox = { id, name, office, keys, sealed, municipality, fingerprint, at: session().moment().now, tries: NO_TRIES }
    await session().write({ put: [[`officer/${id}`, box]] })
  },
  signOfficers: async (keeper, pin, name, officers) => {
    const { relay } = session()
    // A later list has a larger number, whatever device made the one before.
    const now = session().moment().now
    const generation = Math.floor(now / 1000)
    const bytes = await withPin(keeper, pin, (keys) => ask({ ask: 'sign-list', keys, generation, name, officers: [...officers], now }))
    const says = await ask({ ask: 'list', bytes })
    await relay.putOfficersList(says.municipality, bytes)
    return { bytes, says }
  },
  fetchHeld,
  takeHeld: async (officer, pin, file) => {
    const { record, entries } = await ask({ ask: 'carried', file: new Uint8Array(await file.arrayBuffer()) })
    await keep(officer, pin, record, entries)
  },
  agreeToOpen: (officer, pin, held, second, reason, hours) => {
    const from = session().moment().now
    const until = from + hours * 3_600_000
    return withPin(officer, pin, (keys) => ask({ ask: 'agree', keys, held: pages(held), second: second.id, reason, from, until }))
  },
  releaseAbout: (release) => ask({ ask: 'about', release }),
  lookAtRelease: (officer, pin, held, release) =>
    withPin(officer, pin, (keys) => ask({ ask: 'look', keys, held: pages(held), release })),
  openTogether: async (officer, pin, held, release, asked) => {
    const now = session().moment().now
    const { entry } = await withPin(officer, pin, (keys) => ask({ ask: 'open', keys, held: pages(held), release, now }))
    const box: OpeningBox = { record: held.record, bytes: entry }
    await session().write({ put: [[`opening/${crypto.randomUUID()}`, box]] })
    // Nothing was read so far. With a network the relay has it before the officers see anything; a slow one holds up no rescue.
    await Promise.race([tellFamilies().catch(() => undefined), new Promise((next) => setTimeout(next, TELLING_MS))])
    const shown = await readOpened((verdicts) => ask({ ask: 'read-opened', verdicts }), () => Core.start())
    return { asked, second: { name: officer.name, office: officer.office }, ...shown }
  },
  tellFamilies,
  codeOf: (text) => session().records.ask({ do: 'qr', text }),
}

async function officerDesk(): Promise<OfficerDesk> {
  const { vault } = session()
  const [officers, held, openings] = await Promise.all([
    vault.boxes<OfficerBox>('officer/'),
    vault.boxes<HeldBox>('held/'),
    vault.boxes<OpeningBox>('opening/'),
  ])
  return { officers: [...officers.values()].sort((a, b) => a.at - b.at), held: [...held.values()], untold: openings.size }
}

async function fetchHeld(officer: OfficerBox, pin: string, code: string): Promise<number> {
  const municipality = readTownCode(code)
  if (municipality === null) throw new Failure('not-a-town-code')
  const { relay, vault } = session()
  const sign = (nonce: Hex) => withPin(officer, pin, (keys) => ask({ ask: 'challenge', keys, municipality, nonce }))
  const token = await relay.officerToken(municipality, officer.id, sign)
  const records = await relay.heldRecords(municipality, token)
  let count = 0
  for (const record of records) {
    const entries = await relay.heldPages(municipality, record, token)
    if (await keep(officer, pin, record, entries)) count++
  }
  const list = await ask({ ask: 'list', bytes: await relay.officersList(municipality) })
  const held = await vault.boxes<HeldBox>('held/')
  // A family took its consent back, or moved away: honest programs keep nothing of it.
  const gone = [...held].filter(([, box]) => box.label.fingerprint === list.fingerprint && !records.includes(box.record))
  if (gone.length > 0) await session().write({ remove: gone.map(([name]) => name) })
  return count
}

/** `false`: nothing in it is for this officer. */
async function keep(officer: OfficerBox, pin: string, record: Hex, entries: readonly { kind: EntryKind; bytes: Uint8Array }[]): Promise<boolean> {
  const plain = entries.map(({ kind, bytes }) => ({ kind, bytes }))
  const label = await withPin(officer, pin, (keys) => ask({ ask: 'label', keys, held: { record, entries: plain } }))
  if (label === null) return false
  const box: HeldBox = { record, label, entries: plain, at: session().moment().now }
  await session().write({ put: [[`held/${record}`, box]] })
  return true
}

/** One family's refusal keeps no other from being told. */
async function tellFamilies(): Promise<number> {
  const openings = await session().vault.boxes<OpeningBox>('opening/')
  let left = openings.size
  let refused: Failure | null = null
  for (const [name, opening] of openings) {
    const failure = await tellFamily(name, opening).then(() => null, asFailure)
    if (failure === null) left--
    else if (failure.code !== 'offline' && failure.code !== 'relay-failed') refused ??= failure
  }
  if (refused !== null) throw refused
  return left
}

async function tellFamily(name: string, { record, bytes }: OpeningBox): Promise<void> {
  await session().relay.tellOpening(record, bytes)
  await session().write({ remove: [name] })
}

const pages = ({ record, entries }: HeldBox) => ({ record, entries })

// ---- an officer's PIN

/** One after the other: two tries at once would be counted as one. */
let trying: Promise<unknown> = Promise.resolve()

/** Asks with an officer's keys, if no wait is on after wrong PINs. */
function withPin<T>(officer: OfficerBox, pin: string, use: (keys: OfficerKeys) => Promise<T>): Promise<T> {
  const tried = trying.then(() => tryPin(officer, pin, use))
  trying = tried.catch(() => undefined)
  return tried
}

/** As with the app's own lock, a try is counted before it is made: an app that is killed meanwhile has used it up. */
async function tryPin<T>(officer: OfficerBox, pin: string, use: (keys: OfficerKeys) => Promise<T>): Promise<T> {
  const { now } = session().moment()
  // What a screen holds of an officer may be older than the last try.
  const box = (await session().vault.box<OfficerBox>(`officer/${officer.id}`)) ?? officer
  const { left, tries } = waiting(box.tries ?? NO_TRIES, now)
  if (left > 0) {
    await keepTries(box, tries)
    throw new Failure('pin-wait', String(Math.ceil(left / 60_000)))
  }
  await keepTries(box, afterWrong(tries, now))
  const answer = await use({ sealed: box.sealed, pin }).catch(async (error: unknown) => {
    if (!(error instanceof Failure && error.code === 'wrong-pin')) await keepTries(box, tries)
    throw error
  })
  await keepTries(box, NO_TRIES)
  return answer
}

async function keepTries(box: OfficerBox, tries: Tries): Promise<void> {
  await session().write({ put: [[`officer/${box.id}`, { ...box, tries }]] })
}

async function ask<A extends OfficerAsk>(officer: A): Promise<OfficerAnswers[A['ask']]> {
  return (await session().records.ask({ do: 'officer', officer })) as OfficerAnswers[A['ask']]
}
