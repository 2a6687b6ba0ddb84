import { sha256 } from '../io/digest.ts'
import type { NewEntry, Settled, Vault, VaultChange } from '../io/vault.ts'
import type { Entry, EntryKind, Received, View } from '../logic/model.ts'
import { newsBetween, toCache, type Cached } from '../logic/summary.ts'
import { CoreCrash, type Core } from '../worker/core.ts'
import { NO_PROGRESS, type Known, type Progress } from '../sync/child-sync.ts'
import type { Answer, DeviceKeys, Reading, Request } from '../worker/protocol.ts'

/** What the vault keeps of a child, apart from its log. */
export interface ChildBox extends DeviceKeys {
  number: number
}

/** The changes that produce entries. */
export type ChangeRequest = Extract<Request, { do: 'edit' | 'import' | 'add-device' | 'grant' }>

type Incoming = Entry
type Kept = Entry & { unsent: boolean }

interface Admitted {
  answer: Received | null
  good: Incoming[]
  aside: Incoming[]
}

const made = (entries: readonly Entry[]): Kept[] => entries.map((entry) => ({ ...entry, unsent: true }))
const received = (entries: readonly Entry[]): Kept[] => entries.map((entry) => ({ ...entry, unsent: false }))

/**
 * The children of this device: vault and core kept in step. Nothing is shown or sent before it is on the disk; when the
 * disk refuses, the core forgets it too, by reading the child anew.
 */
export class Records {
  readonly #vault: Vault
  readonly #startCore: () => Core
  /** Started when first needed: an empty phone shows its first page without it. */
  #running: Core | null = null
  readonly #children = new Map<number, ChildBox>()
  readonly #readings = new Map<number, Reading>()
  readonly #opened = new Set<number>()
  /** Changes happen one after the other: an entry is built on the one before it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(vault: Vault, startCore: () => Core) {
    this.#vault = vault
    this.#startCore = startCore
  }

  /** Loads the core ahead of the first request. */
  warm(): void {
    this.#alive()
  }

  add(child: ChildBox): void {
    this.#children.set(child.number, child)
  }

  stop(): void {
    this.#running?.stop()
  }

  /** Asks what changes nothing. A child asked about is opened first. */
  ask<R extends Exclude<Request, ChangeRequest>>(request: R): Promise<Answer<R>> {
    return this.#inTurn(async () => {
      if ('child' in request) await this.#open(request.child)
      return await this.#alive().ask(request)
    })
  }

  /** What the record shows, from memory if it has been read. */
  read(number: number, today: string): Promise<Reading> {
    return this.#inTurn(() => this.#read(number, today))
  }

  /** A new child. In the vault, with what `also` adds, when this resolves. */
  create(number: number, guardian: string, edits: Extract<Request, { do: 'edit' }>['edits'], at: Moment, also: VaultChange): Promise<Reading> {
    return this.#inTurn(async () => {
      const core = this.#alive()
      try {
        const { secret, record, entries } = await core.ask({ do: 'create', child: number, guardian, now: at.now })
        const said = await core.ask({ do: 'edit', child: number, record, edits, now: at.now })
        const reading = await core.ask({ do: 'read', child: number, today: at.today })
        const box: ChildBox = { number, record, secret }
        await this.#keep(number, made([...entries, ...said]), reading, {
          ...also,
          put: [...(also.put ?? []), [`child/${number}`, box], [`progress/${number}`, NO_PROGRESS]],
        })
        this.#children.set(number, box)
        this.#opened.add(number)
        return reading
      } catch (error) {
        await this.#forget(number)
        throw error
      }
    })
  }

  /** A child whose keys were given to this device by pairing; its log comes from the relay. */
  async join(box: ChildBox, also: VaultChange): Promise<void> {
    const progress: Progress = { ...NO_PROGRESS, registered: true }
    await this.#vault.write({ ...also, put: [...(also.put ?? []), [`child/${box.number}`, box], [`progress/${box.number}`, progress]] })
    this.#children.set(box.number, box)
  }

  /**
   * Changes a record. Resolves when the change is on the disk; until then it is neither shown nor sent. `check` throws if
   * what stands right before the change is not what the person saw.
   */
  change(request: ChangeRequest, at: Moment, also: VaultChange = {}, check?: (view: View) => void): Promise<Reading> {
    return this.#inTurn(async () => {
      const number = request.child
      await this.#open(number)
      check?.((this.#readings.get(number) ?? (await this.#read(number, at.today))).view)
      try {
        const entries = await this.#alive().ask(request)
        const reading = await this.#alive().ask({ do: 'read', child: number, today: at.today })
        await this.#keep(number, made(entries), reading, also)
        return reading
      } catch (error) {
        await this.#forget(number)
        throw error
      }
    })
  }

  /**
   * Takes in what the relay brought. A batch that crashes the core never met what is kept: the core is thrown away with
   * it, and the entries are tried one by one in a throw-away core; the guilty ones are set aside.
   */
  receive(number: number, wire: readonly { kind: EntryKind; bytes: Uint8Array }[], to: Pick<Progress, 'cursor' | 'scope'>, at: Moment): Promise<Reading> {
    return this.#inTurn(async () => {
      await this.#open(number)
      const incoming = await this.#unknown(number, wire)
      const before = this.#readings.get(number) ?? (await this.#read(number, at.today))
      try {
        const { answer, good, aside } = await this.#admit(number, incoming)
        const changed = answer?.changed === true
        const reading = changed ? await this.#alive().ask({ do: 'read', child: number, today: at.today }) : before
        // Refused entries are kept too: the record says by whom they claimed to be and why they do not count.
        const again = (answer?.push_again ?? []).map((hash): Settled => ({ child: number, hash, now: 'unsent' }))
        const progress = await this.progress(number)
        // What a joining device receives first is the record itself, not news.
        const more = progress.cursor === 0 ? 0 : newsBetween(before.view, reading.view, reading.device)
        await this.#keep(number, received(good), reading, {
          settled: again,
          put: [
            [`progress/${number}`, { ...progress, ...to }],
            [`news/${number}`, (await this.news(number)) + more],
            ...aside.map((e) => [`aside/${number}/${e.hash}`, [e.kind, e.bytes]] as const),
          ],
        })
        return reading
      } catch (error) {
        await this.#forget(number)
        throw error
      }
    })
  }

  async progress(number: number): Promise<Progress> {
    return (await this.#vault.box<Progress>(`progress/${number}`)) ?? NO_PROGRESS
  }

  async news(number: number): Promise<number> {
    return (await this.#vault.box<number>(`news/${number}`)) ?? 0
  }

  markRegistered(number: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#vault.write({ put: [[`progress/${number}`, { ...(await this.progress(number)), registered: true }]] })
    })
  }

  markKnown(number: number, known: Known): Promise<void> {
    return this.#inTurn(async () => {
      await this.#vault.write({ put: [[`progress/${number}`, { ...(await this.progress(number)), known }]] })
    })
  }

  /** Everything of a child goes to the relay again, from the beginning. */
  resend(number: number): Promise<void> {
    return this.#inTurn(() => this.#vault.write({ unsend: number, put: [[`progress/${number}`, NO_PROGRESS]] }))
  }

  settle(settled: Settled[]): Promise<void> {
    return this.#inTurn(() => this.#vault.write({ settled }))
  }

  // ---- inside a turn

  async #read(number: number, today: string): Promise<Reading> {
    await this.#open(number)
    const reading = await this.#alive().ask({ do: 'read', child: number, today })
    this.#readings.set(number, reading)
    return reading
  }

  async #open(number: number): Promise<void> {
    const core = this.#alive()
    if (this.#opened.has(number)) return
    const keys = this.#children.get(number)
    if (keys === undefined) throw new Error(`no child ${number}`)
    await core.ask({ do: 'open', child: number, keys, entries: await this.#vault.entries(number) })
    this.#opened.add(number)
  }

  /** Entries and everything derived from them in one transaction. */
  async #keep(number: number, entries: readonly Kept[], reading: Reading, also: VaultChange): Promise<void> {
    await this.#vault.write({
      ...also,
      entries: entries.map((entry): NewEntry => ({ ...entry, child: number })),
      put: [...(also.put ?? []), [`cache/${number}`, toCache(reading) satisfies Cached]],
    })
    this.#readings.set(number, reading)
  }

  async #admit(number: number, incoming: Incoming[]): Promise<Admitted> {
    if (incoming.length === 0) return { answer: null, good: [], aside: [] }
    try {
      return { answer: await this.#alive().ask({ do: 'receive', child: number, entries: incoming }), good: incoming, aside: [] }
    } catch (error) {
      if (!(error instanceof CoreCrash)) throw error
      const good = await this.#trial(number, incoming)
      await this.#open(number)
      const answer = good.length === 0 ? null : await this.#alive().ask({ do: 'receive', child: number, entries: good })
      return { answer, good, aside: incoming.filter((entry) => !good.includes(entry)) }
    }
  }

  /** Those entries that a copy of the child survives, tried one by one. */
  async #trial(number: number, incoming: Incoming[]): Promise<Incoming[]> {
    const keys = this.#children.get(number)
    if (keys === undefined) return []
    const good: Incoming[] = []
    let copy: Core | null = null
    for (const entry of incoming) {
      try {
        copy ??= await this.#copy(number, keys, good)
        await copy.ask({ do: 'receive', child: number, entries: [entry] })
        good.push(entry)
      } catch (error) {
        if (!(error instanceof CoreCrash)) throw error
        copy = null
      }
    }
    copy?.stop()
    return good
  }

  async #copy(number: number, keys: DeviceKeys, good: Incoming[]): Promise<Core> {
    const copy = this.#startCore()
    await copy.ask({ do: 'open', child: number, keys, entries: await this.#vault.entries(number) })
    if (good.length > 0) await copy.ask({ do: 'receive', child: number, entries: good })
    return copy
  }

  async #unknown(number: number, wire: readonly { kind: EntryKind; bytes: Uint8Array }[]): Promise<Incoming[]> {
    const named = await Promise.all(wire.map(async ({ kind, bytes }) => ({ kind, bytes, hash: await sha256(bytes) })))
    const missing = await this.#vault.missing(number, named.map((entry) => entry.hash))
    return named.filter((entry) => missing.has(entry.hash))
  }

  /** The core's picture of a child may be ahead of the disk: the next use reads it anew. */
  async #forget(number: number): Promise<void> {
    this.#opened.delete(number)
    this.#readings.delete(number)
    if (this.#running?.isDead === false) await this.#running.ask({ do: 'close', child: number }).catch(() => undefined)
  }

  #alive(): Core {
    if (this.#running === null || this.#running.isDead) {
      this.#running = this.#startCore()
      this.#opened.clear()
    }
    return this.#running
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

/** The moment of a change, by this device's clock and calendar. */
export interface Moment {
  now: number
  today: string
}
