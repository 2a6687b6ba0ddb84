import { decode, encode } from 'cborg'
import type { EntryKind, Hex } from '../logic/model.ts'
import type { Opened } from '../logic/opened.ts'
import { Failure } from '../logic/result.ts'
import { toHex } from './digest.ts'

/** The relay's HTTP interface, for one relay. It never sees anything but signed and sealed bytes. */
export class Relay {
  readonly #base: string

  /** `base`: the relay's origin; the app's own by default. */
  constructor(base = location.origin) {
    this.#base = base
  }

  /** Makes the record known by its genesis. Doing it twice changes nothing. */
  async register(record: Hex, genesis: Uint8Array): Promise<void> {
    await this.#send('POST', `records/${record}`, { body: genesis })
  }

  /** An organisation certifies somebody of its staff before they can prove themselves. Doing it twice changes nothing. */
  async certify(record: Hex, join: Uint8Array): Promise<void> {
    await this.#send('POST', `records/${record}/staff`, { body: join })
  }

  async challenge(record: Hex, device: Hex): Promise<Hex> {
    const answer = await this.#send('POST', `records/${record}/challenge`, { json: { device } })
    return ((await answer.json()) as { nonce: Hex }).nonce
  }

  async token(record: Hex, device: Hex, nonce: Hex, signature: Hex): Promise<Token> {
    const answer = await this.#send('POST', `records/${record}/token`, { json: { device, nonce, signature } })
    const { token, expires_in } = (await answer.json()) as { token: string; expires_in: number }
    // Counted from now: this device's clock may differ from the relay's.
    return { token, expiresAt: Date.now() + expires_in * 1000 }
  }

  /** In which records a device stands that proves its keys. */
  async recordsOf(device: Hex, nonce: Hex, signature: Hex): Promise<Hex[]> {
    const answer = await this.#send('POST', `devices/${device}/records`, { json: { nonce, signature } })
    return ((await answer.json()) as { records: Hex[] }).records
  }

  /** Returns after the relay has them on its disk. What it refuses comes with the reason. */
  async push(record: Hex, token: string, entries: readonly WireEntry[], known: number): Promise<Pushed> {
    const body = encode(entries.map(({ kind, bytes }) => [kind, bytes]))
    const answer = await this.#send('POST', `records/${record}/entries?known=${known}`, { body, token })
    return (await answer.json()) as Pushed
  }

  async pull(record: Hex, token: string, after: number, limit: number, known: number): Promise<Pulled> {
    const answer = await this.#send('GET', `records/${record}/entries?after=${after}&limit=${limit}&known=${known}`, { token })
    return readPulled(new Uint8Array(await answer.arrayBuffer()))
  }

  /** Who fetched what, behind a number of the relay's list. */
  async accesses(record: Hex, token: string, after: number): Promise<NumberedPage> {
    const answer = await this.#send('GET', `records/${record}/accesses?after=${after}`, { token })
    return readNumbered(new Uint8Array(await answer.arrayBuffer()))
  }

  /** Tells when the record was opened on this device. */
  async tellOpened(record: Hex, token: string, opened: readonly Opened[]): Promise<void> {
    await this.#send('POST', `records/${record}/accesses`, { token, json: { opened } })
  }

  /** Leaves a message for the other phone. */
  async putMail(mailbox: Hex, slot: 1 | 2, message: Uint8Array): Promise<void> {
    await this.#send('PUT', `mailbox/${mailbox}/${slot}`, { body: message })
  }

  /** `null`: nothing there (yet, or any more). */
  async getMail(mailbox: Hex, slot: 1 | 2, signal: AbortSignal): Promise<Uint8Array | null> {
    try {
      const answer = await this.#send('GET', `mailbox/${mailbox}/${slot}`, { signal })
      return answer.status === 204 ? null : new Uint8Array(await answer.arrayBuffer())
    } catch (error) {
      if (error instanceof RelayProblem && error.status === 404) return null
      throw error
    }
  }

  /** Leaves a message of an invitation at a distance. 409: another one lies there, and stays. */
  async putFar(mailbox: Hex, slot: FarSlot, message: Uint8Array): Promise<void> {
    await this.#send('PUT', `invitations/${mailbox}/${slot}`, { body: message })
  }

  /** `null`: nothing there (yet, or any more). */
  async getFar(mailbox: Hex, slot: FarSlot, signal: AbortSignal): Promise<Uint8Array | null> {
    const bounded = within(20_000, signal)
    try {
      const answer = await this.#send('GET', `invitations/${mailbox}/${slot}`, { signal: bounded })
      return answer.status === 204 ? null : new Uint8Array(await answer.arrayBuffer())
    } catch (cause) {
      if (bounded.aborted && !signal.aborted) throw new Failure('offline', 'the relay did not answer in time', { cause })
      throw cause
    }
  }

  /** Says something of printed cards. It proves itself, so no token tells whose record they are of. */
  async putCardNotice(id: Hex, notice: Uint8Array): Promise<void> {
    await this.#send('PUT', `cards/${id}`, { body: notice })
  }

  /** A nonce for whoever made the cards of a notice. */
  async cardChallenge(id: Hex): Promise<Hex> {
    const answer = await this.#send('POST', `cards/${id}/challenge`, {})
    return ((await answer.json()) as { nonce: Hex }).nonce
  }

  /** When somebody asked about these cards, behind a number of the relay's list. */
  async cardOpenings(id: Hex, proof: { key: Hex; nonce: Hex; signature: Hex }, after: number): Promise<NumberedPage> {
    const answer = await this.#send('POST', `cards/${id}/openings`, { json: { ...proof, after } })
    return readNumbered(new Uint8Array(await answer.arrayBuffer()))
  }

  // ---- break-glass

  /** A municipality's list of officers, as signed. */
  async officersList(municipality: Hex): Promise<Uint8Array> {
    const answer = await this.#send('GET', `municipalities/${municipality}`, {})
    return new Uint8Array(await answer.arrayBuffer())
  }

  /** It proves itself. */
  async putOfficersList(municipality: Hex, list: Uint8Array): Promise<void> {
    await this.#send('PUT', `municipalities/${municipality}`, { body: list })
  }

  /** An officer proves themselves as a device does, with the municipality in the place of a record. */
  async officerToken(municipality: Hex, device: Hex, sign: (nonce: Hex) => Promise<Hex>): Promise<string> {
    const challenge = await this.#send('POST', `municipalities/${municipality}/challenge`, { json: { device } })
    const { nonce } = (await challenge.json()) as { nonce: Hex }
    const signature = await sign(nonce)
    const answer = await this.#send('POST', `municipalities/${municipality}/token`, { json: { device, nonce, signature } })
    return ((await answer.json()) as { token: string }).token
  }

  /** The records whose families agreed, by their newest packages. */
  async heldRecords(municipality: Hex, token: string): Promise<Hex[]> {
    const records: Hex[] = []
    for (let after = 0; ; ) {
      const answer = await this.#send('GET', `municipalities/${municipality}/packages?after=${after}`, { token })
      const page = readPackages(new Uint8Array(await answer.arrayBuffer()))
      records.push(...page.records)
      if (!page.more) return records
      after = page.last
    }
  }

  /** What officers may hold of one child beforehand. */
  async heldPages(municipality: Hex, record: Hex, token: string): Promise<WireEntry[]> {
    const entries: WireEntry[] = []
    for (let after = 0; ; ) {
      const answer = await this.#send('GET', `municipalities/${municipality}/children/${record}?after=${after}`, { token })
      const page = readPulled(new Uint8Array(await answer.arrayBuffer()))
      entries.push(...page.entries)
      if (!page.more) return entries
      after = page.cursor
    }
  }

  /** Tells the family what two officers opened. */
  async tellOpening(record: Hex, opening: Uint8Array): Promise<void> {
    await this.#send('POST', `records/${record}/openings`, { body: opening })
  }

  /** Address of the live line. */
  live(record: Hex): string {
    const url = new URL(`${this.#base}/v1/records/${record}/live`)
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
    return url.href
  }

  async #send(method: string, path: string, options: SendOptions): Promise<Response> {
    const headers = new Headers()
    if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`)
    if (options.json !== undefined) headers.set('content-type', 'application/json')
    if (options.body !== undefined) headers.set('content-type', 'application/cbor')
    const body = options.json === undefined ? (options.body as BodyInit | undefined) : JSON.stringify(options.json)
    const answer = await this.#fetch(`${this.#base}/v1/${path}`, {
      method,
      headers,
      body: body ?? null,
      signal: options.signal ?? AbortSignal.timeout(30_000),
      cache: 'no-store',
      credentials: 'omit',
    })
    if (!answer.ok) throw await RelayProblem.read(answer)
    return answer
  }

  async #fetch(address: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(address, init)
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
      throw new Failure('offline', 'the relay was not reached', { cause })
    }
  }
}

/** As the signal, and also after so long. (`AbortSignal.any` is younger than the browsers this has to run in.) */
function within(milliseconds: number, signal: AbortSignal): AbortSignal {
  const either = new AbortController()
  const late = setTimeout(() => either.abort(), milliseconds)
  either.signal.addEventListener('abort', () => clearTimeout(late), { once: true })
  if (signal.aborted) either.abort()
  else signal.addEventListener('abort', () => either.abort(), { once: true })
  return either.signal
}

/** Of the guest; of the inviter, before and after the words were compared. */
export type FarSlot = 1 | 2 | 3

/** In place of a record, for a device that asks where it stands. */
export const ANY_RECORD: Hex = '0'.repeat(64)

/** The relay answered, and said no. `code` is the last part of its problem type. */
export class RelayProblem extends Failure {
  constructor(
    readonly status: number,
    problem: string,
    readonly missing: Hex[],
  ) {
    super(status >= 500 || status === 429 ? 'relay-failed' : 'relay-refused', problem)
  }

  static async read(answer: Response): Promise<RelayProblem> {
    const body = (await answer.json().catch(() => ({}))) as { type?: unknown; missing?: unknown }
    const name = typeof body.type === 'string' ? (body.type.split(':').pop() ?? '') : `http-${answer.status}`
    return new RelayProblem(answer.status, name, Array.isArray(body.missing) ? body.missing.filter((m) => typeof m === 'string') : [])
  }
}

export interface Token {
  token: string
  expiresAt: number
}

export interface WireEntry {
  kind: EntryKind
  bytes: Uint8Array
}

/** What every answer says about the relay's log, so that a log set back to an older state is recognised. */
export interface Place {
  cursor: number
  /** Names the log up to `cursor`. */
  mark: Hex
  /** Names the log up to the position that was asked about; `null`: the log is not as long. */
  known: Hex | null
}

export interface Pushed extends Place {
  accepted: Hex[]
  refused: { hash: Hex; type: string; title: string; missing?: Hex[] }[]
}

export interface Pulled extends Place {
  more: boolean
  /** Names what this device may read. When it changes, older entries may have become readable: pull from 0. */
  scope: string
  entries: WireEntry[]
}

/** A page of a numbered list; what the items say is for the core to judge. */
export interface NumberedPage {
  more: boolean
  entries: [number: number, bytes: Uint8Array][]
}

interface SendOptions {
  body?: Uint8Array
  json?: unknown
  token?: string
  signal?: AbortSignal
}

/** Reads `{cursor, more, scope, mark, known, entries: [[seq, kind, bytes]…]}`. Anything else is the relay's mistake, not a crash here. */
export function readPulled(body: Uint8Array): Pulled {
  const wrong = (cause?: unknown) => new Failure('relay-failed', 'the answer is not what the relay promises', { cause })
  try {
    const { cursor, more, scope, mark, known, entries } = decode(body) as Partial<Record<keyof Pulled, unknown>>
    if (typeof cursor !== 'number' || typeof more !== 'boolean' || typeof scope !== 'string' || !Array.isArray(entries)) throw wrong()
    if (!(mark instanceof Uint8Array) || !(known === null || known instanceof Uint8Array)) throw wrong()
    const place = { cursor, mark: toHex(mark), known: known && toHex(known) }
    return { ...place, more, scope, entries: entries.map((entry) => readEntry(entry) ?? raise(wrong())) }
  } catch (error) {
    throw error instanceof Failure ? error : wrong(error)
  }
}

/** Reads `{more, entries: [[number, bytes]…]}`. */
export function readNumbered(body: Uint8Array): NumberedPage {
  const wrong = (cause?: unknown) => new Failure('relay-failed', 'the answer is not what the relay promises', { cause })
  try {
    const { more, entries } = decode(body) as Partial<Record<keyof NumberedPage, unknown>>
    if (typeof more !== 'boolean' || !Array.isArray(entries)) throw wrong()
    return { more, entries: entries.map((entry) => readNumberedEntry(entry) ?? raise(wrong())) }
  } catch (error) {
    throw error instanceof Failure ? error : wrong(error)
  }
}

function readNumberedEntry(entry: unknown): [number, Uint8Array] | null {
  if (!Array.isArray(entry)) return null
  const [number, bytes] = entry as unknown[]
  return typeof number === 'number' && bytes instanceof Uint8Array ? [number, bytes] : null
}

const KINDS: readonly number[] = [0, 1, 2, 3, 4, 5] satisfies EntryKind[]

function readEntry(entry: unknown): WireEntry | null {
  if (!Array.isArray(entry)) return null
  const [, kind, bytes] = entry as unknown[]
  if (typeof kind !== 'number' || !KINDS.includes(kind)) return null
  return bytes instanceof Uint8Array ? { kind: kind as EntryKind, bytes } : null
}

function raise(error: Error): never {
  throw error
}

/** Reads `{more, last, packages: [[record, package]…]}`. */
export function readPackages(body: Uint8Array): { more: boolean; last: number; records: Hex[] } {
  const wrong = (cause?: unknown) => new Failure('relay-failed', 'the answer is not what the relay promises', { cause })
  try {
    const { more, last, packages } = decode(body) as Partial<Record<'more' | 'last' | 'packages', unknown>>
    if (typeof more !== 'boolean' || typeof last !== 'number' || !Array.isArray(packages)) throw wrong()
    const record = (one: unknown): Hex => (Array.isArray(one) && one[0] instanceof Uint8Array ? toHex(one[0]) : raise(wrong()))
    return { more, last, records: packages.map(record) }
  } catch (error) {
    throw error instanceof Failure ? error : wrong(error)
  }
}
