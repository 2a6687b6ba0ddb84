import { sha256 } from '../io/digest.ts'
import type { NewEntry, Settled, Vault, VaultChange } from '../io/vault.ts'
import type { Entry, EntryKind, Hex, Received, SetAside, View } from '../logic/model.ts'
import { newsBetween, toCache, type Cached } from '../logic/summary.ts'
import { CoreCrash, type Core } from '../worker/core.ts'
import { noticeBox, openingsBox } from './cards.ts'
import { NO_PROGRESS, type Known, type Progress } from '../sync/child-sync.ts'
import type { Answer, DeviceKeys, Reading, Request, Verdict } from '../worker/protocol.ts'
import { Trial } from '../worker/trial.ts'

/** What the vault keeps of a child, apart from its log. */
export interface ChildBox extends DeviceKeys {
  number: number
}

/** The changes that produce entries. */
export type ChangeRequest = Extract<
  Request,
  {
    do:
      | 'edit' | 'import' | 'add-device' | 'grant' | 'grant-on' | 'grant-again' | 'withdraw' | 'revoke' | 'close-grant' | 'remove-device' | 'endorse'
      | 'grant-organisation' | 'renew-organisation' | 'staff-join' | 'staff-end'
      | 'glass-consent' | 'glass-withdraw'
  }
>

type Incoming = Entry
type Kept = Entry & { unsent: boolean; aside?: boolean }

/** What failed its trial: evidence, with who claimed to have made it. In the vault as `aside/NUMBER`. */
export type Aside = SetAside & { at: number }

interface Admitted {
  answer: Received | null
  good: Incoming[]
  aside: Incoming[]
}

/** The core's word for changes that a scratch copy did not survive. */
const FAILED_TRIAL = 'failed-trial'

const NOTHING: Received = { accepted: [], waiting: [], refused: [], push_again: [], changed: false }

const made = (entries: readonly Entry[]): Kept[] => entries.map((entry) => ({ ...entry, unsent: true }))
const received = (entries: readonly Entry[]): Kept[] => entries.map((entry) => ({ ...entry, unsent: false }))
const evidence = (entries: readonly Entry[]): Kept[] => entries.map((entry) => ({ ...entry, unsent: false, aside: true }))

/**
 * The children of this device: vault and core kept in step. Nothing is shown or sent before it is on the disk; when the
 * disk refuses, the core forgets it too, by reading the child anew.
 */
export class Records {
  readonly #vault: Vault
  readonly #startCore: () => Core
  /** Whose eyes read the relay, on a shared tablet: what is for one person does not come to another. */
  readonly #reader: string
  /** Started when first needed: an empty phone shows its first page without it. */
  #running: Core | null = null
  readonly #children = new Map<number, ChildBox>()
  readonly #readings = new Map<number, Reading>()
  readonly #opened = new Set<number>()
  /** Changes happen one after the other: an entry is built on the one before it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(vault: Vault, startCore: () => Core, reader = '') {
    this.#vault = vault
    this.#startCore = startCore
    this.#reader = reader
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

  /** Resolves when everything asked so far is done. */
  idle(): Promise<void> {
    return this.#inTurn(() => Promise.resolve())
  }

  /** Asks what changes nothing. A child asked about is opened first. */
  ask<R extends Exclude<Request, ChangeRequest | { do: 'complete' }>>(request: R): Promise<Answer<R>> {
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
          put: [...(also.put ?? []), [`child/${number}`, box], [this.#progressBox(number), NO_PROGRESS]],
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

  /**
   * A child whose keys were given to this device by pairing; its log comes from the relay. `kept`: what the vault keeps of it,
   * where keys lie in lockers.
   */
  async join(box: ChildBox, also: VaultChange, kept: ChildBox = box): Promise<void> {
    const progress: Progress = { ...NO_PROGRESS, registered: true }
    await this.#vault.write({ ...also, put: [...(also.put ?? []), [`child/${box.number}`, kept], [this.#progressBox(box.number), progress]] })
    this.#children.set(box.number, box)
  }

  /** The child of this number goes on with new keys; until now it was followed with those of words on paper, or with removed ones. */
  adopt(box: ChildBox, also: VaultChange): Promise<void> {
    return this.#inTurn(async () => {
      const progress: Progress = { ...NO_PROGRESS, registered: true }
      // What was said of the old keys' cards, and read about them, belongs to the old keys.
      const remove = [...(also.remove ?? []), noticeBox(box.number, this.#reader), openingsBox(box.number, this.#reader)]
      await this.#vault.write({ ...also, remove, put: [...(also.put ?? []), [`child/${box.number}`, box], [this.#progressBox(box.number), progress]] })
      this.#children.set(box.number, box)
      await this.#forget(box.number)
    })
  }

  /** Nobody follows it any more. */
  async leave(number: number): Promise<void> {
    await this.#inTurn(() => this.#forget(number))
    this.#children.delete(number)
  }

  /** Resolves when everything that was asked for so far is done. */
  async settled(): Promise<void> {
    await this.#last
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

  /** Makes what this device owes the others: new keys after a removal, keys that nobody sent. `null`: nothing is owed. */
  complete(number: number, at: Moment): Promise<Reading | null> {
    return this.#inTurn(async () => {
      await this.#open(number)
      try {
        const entries = await this.#alive().ask({ do: 'complete', child: number, now: at.now })
        if (entries.length === 0) return null
        const reading = await this.#alive().ask({ do: 'read', child: number, today: at.today })
        await this.#keep(number, made(entries), reading, {})
        return reading
      } catch (error) {
        await this.#forget(number)
        throw error
      }
    })
  }

  /**
   * Takes in what the relay brought. Changes meet the record only after a worker that may die has tried them on a copy of
   * their document; what it did not survive is set aside. If all the same the core falls, the entries are tried one by one
   * in a throw-away core, and the guilty ones are set aside.
   */
  receive(number: number, wire: readonly { kind: EntryKind; bytes: Uint8Array }[], to: Pick<Progress, 'cursor' | 'scope'>, at: Moment): Promise<Reading> {
    return this.#inTurn(async () => {
      await this.#open(number)
      const incoming = await this.#unknown(number, wire)
      const before = this.#readings.get(number) ?? (await this.#read(number, at.today))
      try {
        const { answer, good, aside } = await this.#admit(number, incoming)
        // Also when only something was set aside or waits: the record tells of it.
        const reading = answer === null ? before : await this.#alive().ask({ do: 'read', child: number, today: at.today })
        const failed = new Set((answer?.refused ?? []).filter((r) => r.code === FAILED_TRIAL).map((r) => r.hash))
        const apart = [...failed].filter((hash) => !aside.some((entry) => entry.hash === hash))
        const noted = [...(await this.asides(number)), ...noteAll(failed, aside, reading, at.now)]
        // Refused entries are kept too: the record says by whom they claimed to be and why they do not count.
        const again = (answer?.push_again ?? []).map((hash): Settled => ({ child: number, hash, now: 'unsent' }))
        const progress = await this.progress(number)
        // What a joining device receives first is the record itself, not news.
        const more = progress.cursor === 0 ? 0 : newsBetween(before.view, reading.view, reading.device)
        await this.#keep(number, [...received(good), ...evidence(aside)], reading, {
          settled: [...again, ...apart.map((hash): Settled => ({ child: number, hash, now: 'aside' }))],
          put: [
            [this.#progressBox(number), { ...progress, ...to }],
            [`news/${number}`, (await this.news(number)) + more],
            [`aside/${number}`, noted],
          ],
        }, noted)
        return reading
      } catch (error) {
        await this.#forget(number)
        throw error
      }
    })
  }

  async progress(number: number): Promise<Progress> {
    const fresh = { ...NO_PROGRESS, registered: this.#reader !== '' }
    return (await this.#vault.box<Progress>(this.#progressBox(number))) ?? fresh
  }

  /** What failed its trial on this device, oldest first. */
  async asides(number: number): Promise<Aside[]> {
    return (await this.#vault.box<Aside[]>(`aside/${number}`)) ?? []
  }

  async news(number: number): Promise<number> {
    return (await this.#vault.box<number>(`news/${number}`)) ?? 0
  }

  markRegistered(number: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#vault.write({ put: [[this.#progressBox(number), { ...(await this.progress(number)), registered: true }]] })
    })
  }

  markKnown(number: number, known: Known): Promise<void> {
    return this.#inTurn(async () => {
      await this.#vault.write({ put: [[this.#progressBox(number), { ...(await this.progress(number)), known }]] })
    })
  }

  markRemoved(number: number, removed: boolean): Promise<void> {
    return this.#inTurn(async () => {
      await this.#vault.write({ put: [[this.#progressBox(number), { ...(await this.progress(number)), removed }]] })
    })
  }

  /** Everything of a child goes to the relay again, from the beginning. */
  resend(number: number): Promise<void> {
    return this.#inTurn(() => this.#vault.write({ unsend: number, put: [[this.#progressBox(number), NO_PROGRESS]] }))
  }

  settle(settled: Settled[]): Promise<void> {
    return this.#inTurn(() => this.#vault.write({ settled }))
  }

  #progressBox(number: number): string {
    return progressBox(number, this.#reader)
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
    const entries = await this.#vault.entries(number)
    try {
      await core.ask({ do: 'open', child: number, keys, entries })
    } catch (error) {
      if (!(error instanceof CoreCrash)) throw error
      await this.#openWithout(number, keys, entries)
    }
    this.#opened.add(number)
  }

  /** Something that was kept makes the core fall: it is found, and set aside from now on. */
  async #openWithout(number: number, keys: DeviceKeys, entries: Entry[]): Promise<void> {
    const good = await this.#survivors(number, keys, [], entries)
    const guilty = entries.filter((entry) => !good.includes(entry))
    await this.#vault.write({ settled: guilty.map(({ hash }) => ({ child: number, hash, now: 'aside' })) })
    await this.#alive().ask({ do: 'open', child: number, keys, entries: good })
  }

  /** Entries and everything derived from them in one transaction. */
  async #keep(number: number, entries: readonly Kept[], reading: Reading, also: VaultChange, noted?: readonly Aside[]): Promise<void> {
    const asides = noted ?? (await this.asides(number))
    await this.#vault.write({
      ...also,
      entries: entries.map((entry): NewEntry => ({ ...entry, child: number })),
      put: [...(also.put ?? []), [`cache/${number}`, toCache(reading, asides) satisfies Cached]],
    })
    this.#readings.set(number, reading)
  }

  async #admit(number: number, incoming: Incoming[]): Promise<Admitted> {
    if (incoming.length === 0) return { answer: null, good: [], aside: [] }
    try {
      const answer = await this.#receiveTried(number, incoming)
      const failed = new Set(answer.refused.filter((r) => r.code === FAILED_TRIAL).map((r) => r.hash))
      const aside = incoming.filter((entry) => failed.has(entry.hash))
      return { answer, good: incoming.filter((entry) => !aside.includes(entry)), aside }
    } catch (error) {
      const keys = this.#children.get(number)
      if (!(error instanceof CoreCrash) || keys === undefined) throw error
      const good = await this.#survivors(number, keys, await this.#vault.entries(number), incoming)
      await this.#open(number)
      const answer = good.length === 0 ? null : await this.#receiveTried(number, good)
      return { answer, good, aside: incoming.filter((entry) => !good.includes(entry)) }
    }
  }

  /** Receives round by round: what the core wants tried is tried, until it asks nothing more. */
  async #receiveTried(number: number, incoming: Incoming[]): Promise<Received> {
    const trial = new Trial(this.#startCore)
    const verdicts: Verdict[] = []
    let [sum, entries] = [NOTHING, incoming]
    try {
      for (;;) {
        const { received, questions } = await this.#alive().ask({ do: 'receive', child: number, entries, verdicts })
        sum = added(sum, received)
        if (questions.length === 0) return sum
        for (const question of questions) verdicts.push([question.candidate, await trial.survives(question)])
        entries = []
      }
    } finally {
      trial.end()
    }
  }

  /** Those entries that a copy of the child survives, tried one by one after what is `kept`. */
  async #survivors(number: number, keys: DeviceKeys, kept: readonly Entry[], incoming: readonly Incoming[]): Promise<Incoming[]> {
    const good: Incoming[] = []
    let copy: Core | null = null
    for (const entry of incoming) {
      try {
        copy ??= await this.#copy(number, keys, [...kept, ...good])
        await copy.ask({ do: 'take', child: number, entries: [entry] })
        good.push(entry)
      } catch (error) {
        if (!(error instanceof CoreCrash)) throw error
        copy = null
      }
    }
    copy?.stop()
    return good
  }

  async #copy(number: number, keys: DeviceKeys, entries: Entry[]): Promise<Core> {
    const copy = this.#startCore()
    await copy.ask({ do: 'open', child: number, keys, entries })
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

/** Where the vault keeps how far a child is with the relay; on a shared tablet, for each of the staff. */
export function progressBox(number: number, reader: string): string {
  return reader === '' ? `progress/${number}` : `progress/${number}/${reader}`
}

/** The moment of a change, by this device's clock and calendar. */
export interface Moment {
  now: number
  today: string
}

/** Two rounds of one receiving. What waited in the first may be taken in the second. */
function added(before: Received, after: Received): Received {
  const settled = new Set([...after.accepted, ...after.refused.map((r) => r.hash)])
  return {
    accepted: [...before.accepted, ...after.accepted],
    waiting: [...before.waiting.filter((hash) => !settled.has(hash)), ...after.waiting],
    refused: [...before.refused, ...after.refused],
    push_again: [...before.push_again, ...after.push_again],
    changed: before.changed || after.changed,
  }
}

/** With who claimed to have made it, as long as the core still knows. */
function noteAll(failed: ReadonlySet<Hex>, aside: readonly Entry[], reading: Reading, at: number): Aside[] {
  const hashes = new Set([...failed, ...aside.map((entry) => entry.hash)])
  const known = new Map(reading.integrity.set_aside.map((one) => [one.hash, one]))
  return [...hashes].map((hash) => ({ hash, author: known.get(hash)?.author ?? null, code: FAILED_TRIAL, at }))
}
