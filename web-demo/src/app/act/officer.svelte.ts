import type { Asked, HeldLabel, ListedOfficer, OfficersList, OpenedPages } from '../../logic/glass.ts'
import { readTownCode } from '../../logic/glass.ts'
import type { EntryKind, Hex, UnixMillis } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { OfficerAnswers, OfficerAsk, OfficerKeys } from '../../worker/officer.ts'
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
  /** Tells the families, as far as there is a network. Returns how many still wait. */
  tellFamilies(): Promise<number>
  /** A text as the dark modules of a QR code. */
  codeOf(text: string): Promise<boolean[][]>
}

export const officerActions: OfficerActions = {
  officerDesk,
  makeOfficer: async (name, office, pin) => {
    const made = await ask({ ask: 'new', pin })
    const { officer: id, keys, sealed, municipality, fingerprint } = made
    const box: OfficerBox = { id, name, office, keys, sealed, municipality, fingerprint, at: session().moment().now }
    await session().write({ put: [[`officer/${id}`, box]] })
  },
  signOfficers: async (keeper, pin, name, officers) => {
    const { relay } = session()
    const keys = keysOf(keeper, pin)
    // A later list has a larger number, whatever device made the one before.
    const now = session().moment().now
    const generation = Math.floor(now / 1000)
    const bytes = await ask({ ask: 'sign-list', keys, generation, name, officers: [...officers], now })
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
    return ask({ ask: 'agree', keys: keysOf(officer, pin), held: pages(held), second: second.id, reason, from, until })
  },
  releaseAbout: (release) => ask({ ask: 'about', release }),
  lookAtRelease: (officer, pin, held, release) => ask({ ask: 'look', keys: keysOf(officer, pin), held: pages(held), release }),
  openTogether: async (officer, pin, held, release, asked) => {
    const now = session().moment().now
    const opened = await ask({ ask: 'open', keys: keysOf(officer, pin), held: pages(held), release, now })
    const box: OpeningBox = { record: held.record, bytes: opened.entry }
    await session().write({ put: [[`opening/${crypto.randomUUID()}`, box]] })
    void tellFamilies().catch(() => undefined)
    return { asked, second: { name: officer.name, office: officer.office }, first: opened.first, view: opened.view }
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
  const sign = (nonce: Hex) => ask({ ask: 'challenge', keys: keysOf(officer, pin), municipality, nonce })
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
  const label = await ask({ ask: 'label', keys: keysOf(officer, pin), held: { record, entries: plain } })
  if (label === null) return false
  const box: HeldBox = { record, label, entries: plain, at: session().moment().now }
  await session().write({ put: [[`held/${record}`, box]] })
  return true
}

async function tellFamilies(): Promise<number> {
  const { relay, vault } = session()
  const waiting = await vault.boxes<OpeningBox>('opening/')
  let left = waiting.size
  for (const [name, { record, bytes }] of waiting) {
    try {
      await relay.tellOpening(record, bytes)
    } catch (error) {
      if (error instanceof Failure && (error.code === 'offline' || error.code === 'relay-failed')) continue
      throw error
    }
    await session().write({ remove: [name] })
    left--
  }
  return left
}

const keysOf = ({ sealed }: OfficerBox, pin: string): OfficerKeys => ({ sealed, pin })
const pages = ({ record, entries }: HeldBox) => ({ record, entries })

async function ask<A extends OfficerAsk>(officer: A): Promise<OfficerAnswers[A['ask']]> {
  return (await session().records.ask({ do: 'officer', officer })) as OfficerAnswers[A['ask']]
}
