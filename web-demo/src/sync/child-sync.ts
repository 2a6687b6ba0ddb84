import { Live } from '../io/live.ts'
import { RelayProblem, type Place, type Pulled, type Pushed, type Relay, type Token } from '../io/relay.ts'
import type { Entry, Hex } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import { nextStatus, queued as howMany, retryDelay, type SyncEvent, type SyncStatus } from '../logic/sync.ts'

/** How far this device is with the relay. Kept with the entries. */
export interface Progress {
  cursor: number
  /** The relay has the record's genesis. */
  registered: boolean
  /** What this device could read when it pulled last. */
  scope: string
  /** The farthest place in its log that the relay ever named to this device; missing in a vault of an older app. */
  known?: Known
  /** The relay said that this device is not in the record any more. */
  removed?: boolean
}

/** A place in the relay's log, and the mark that names everything up to there. */
export interface Known {
  at: number
  mark: Hex
}

const NOTHING_KNOWN: Known = { at: 0, mark: '' }
export const NO_PROGRESS: Progress = { cursor: 0, registered: false, scope: '', known: NOTHING_KNOWN }

/** What one child's sync needs of the rest of the app. */
export interface SyncHost {
  readonly record: Hex
  readonly device: Hex
  /** The relay's position after which to pull, and whether the relay has the genesis. */
  progress(): Progress
  sign(nonce: Hex): Promise<Hex>
  /** Makes this device known to the relay, where it came into the record without a network. Rejects while nobody can do that. */
  introduce(): Promise<void>
  /** Entries the relay has not acknowledged, oldest first. */
  unsent(limit: number): Promise<Entry[]>
  countUnsent(): Promise<number>
  entriesByHash(hashes: readonly Hex[]): Promise<Entry[]>
  genesis(): Promise<Entry | null>
  markRegistered(): Promise<void>
  /** Resolves when it is on this device's disk. */
  markKnown(known: Known): Promise<void>
  /** Resolves when the answer is on this device's disk. */
  markSettled(accepted: readonly Hex[], refused: readonly Hex[]): Promise<void>
  /** The relay does not know the record (any more), or an older state of it: everything is to be sent and read again. */
  relayForgot(): Promise<void>
  /** Resolves when the entries that count, and the cursor, are on this device's disk. */
  receive(pulled: Pulled): Promise<void>
  /** Names all that others mention or that would open what came, and that never came; empty if there is no such thing. */
  missing(): string
  /** Makes what this device owes the others, if anything. Was something made that is to be sent? */
  complete(): Promise<boolean>
  /** This device is not in the record any more, or is in it again. */
  markRemoved(removed: boolean): Promise<void>
  now(): number
  online(): boolean
  report(status: SyncStatus): void
}

const BATCH = 64
/** How far ahead to look for what a full relay still takes. */
const LOOK_AHEAD = 2048
/** How often a removed device asks whether it is let in again. */
const REMOVED_MS = 10 * 60_000
/** How long a phone that asked for everything once more does not do so again, whatever is missing. */
const ASK_AGAIN_MS = 10 * 60_000
/** Below the relay's 4 MiB, whatever CBOR adds. */
const BATCH_BYTES = 3 << 20

/**
 * Brings one child's entries to the relay and back: push what is unsent, pull what is new, stay on the live line. It runs
 * whenever woken and retries by itself; whatever is interrupted starts again from the vault, and arriving twice is
 * arriving once, because the relay and the vault both know entries by their hash.
 */
export class ChildSync {
  readonly #host: SyncHost
  readonly #relay: Relay
  #status: SyncStatus = { kind: 'never', queued: 0 }
  #token: Token | null = null
  #live: Live | null = null
  #running: Promise<void> | null = null
  #again = false
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false
  /** When this device found the relay set back to an older state. */
  #resent: number | null = null
  /** What was missing when the relay was last asked for everything again; empty once nothing is. */
  #askedFor = ''
  /** When that was. */
  #askedAt: number | null = null

  constructor(host: SyncHost, relay: Relay) {
    this.#host = host
    this.#relay = relay
  }

  /** Whose record. */
  get record(): Hex {
    return this.#host.record
  }

  /** Something was said, the network came back, or somebody pressed "now". */
  wake(): void {
    if (this.#stopped) return
    // Whoever asks has a reason: how often it failed before says nothing any more.
    this.#attempt = 0
    if (this.#running !== null) {
      this.#again = true
      return
    }
    this.#go()
  }

  #go(): void {
    clearTimeout(this.#timer)
    this.#start().catch(() => undefined)
  }

  /** Resolves when the relay has everything that was unsent when this was called; rejects when it could not be reached. */
  async flush(): Promise<void> {
    await this.#running?.catch(() => undefined)
    clearTimeout(this.#timer)
    await this.#start()
    const left = await this.#host.countUnsent()
    if (left > 0) throw new Failure('relay-refused', `${left} entries were not taken`)
  }

  /** Counts what waits, without a network. */
  async count(): Promise<void> {
    const queued = await this.#host.countUnsent()
    this.#tell({ kind: 'counted', queued, now: this.#host.now(), offline: !this.#host.online() })
  }

  /** Asks the relay something else, as this device. */
  asking<T>(act: (relay: Relay, token: string) => Promise<T>): Promise<T> {
    return this.#withToken((token) => act(this.#relay, token))
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#live?.close()
  }

  /** Resolves when what was under way is over; after `stop`, that is soon. */
  async ended(): Promise<void> {
    await this.#running?.catch(() => undefined)
  }

  /** Whoever started it, what failed is tried again. */
  #start(): Promise<void> {
    this.#running ??= this.#run()
      .catch(async (error: unknown) => {
        await this.#retry(error)
        throw error
      })
      .finally(() => (this.#running = null))
    return this.#running
  }

  async #run(): Promise<void> {
    do {
      this.#again = false
      await this.count()
      if (!this.#host.online()) throw new Failure('offline')
      await this.#exchange()
    } while (this.#wanted())
    this.#attempt = 0
  }

  /** Set by `wake` while the exchange was waiting. */
  #wanted(): boolean {
    return this.#again && !this.#stopped
  }

  async #exchange(): Promise<void> {
    try {
      await this.#pushAndPull()
    } catch (error) {
      if (isRemoval(error)) await this.#host.markRemoved(true)
      const forgot = error instanceof RelayProblem && error.status === 404
      if (forgot) await this.#host.relayForgot()
      if (!(error instanceof OlderState)) throw error
      await this.#host.relayForgot()
      this.#resent = this.#host.now()
      // Once: a relay that changes its mind all the time is tried again later, and less and less often.
      await this.#pushAndPull()
    }
  }

  async #pushAndPull(): Promise<void> {
    await this.#host.introduce()
    await this.#register()
    let { refused, full } = await this.#pushWhatFits()
    await this.#pullAll()
    await this.#askAgain()
    // What was pulled may have been what the relay wanted us to know before it takes ours; and somebody may have been removed.
    const made = await this.#host.complete()
    if (made || (refused === null && full === null)) {
      const again = await this.#pushWhatFits()
      refused ??= again.refused
      full ??= again.full
    }
    this.#listen()
    if (full !== null) throw full
    const queued = await this.#host.countUnsent()
    if (refused !== null) this.#tell({ kind: 'refused', code: refused, queued })
    else this.#tell({ kind: 'settled', queued, now: this.#host.now(), resent: this.#resent })
  }

  /** A relay without space still takes who may see what, and is still read from. */
  async #pushWhatFits(): Promise<{ refused: string | null; full: RelayProblem | null }> {
    try {
      return { refused: await this.#push((limit) => this.#host.unsent(limit), BATCH), full: null }
    } catch (error) {
      if (!(error instanceof RelayProblem) || error.status !== 507) throw error
      const vital = async (limit: number) => (await this.#host.unsent(limit)).filter(({ kind }) => kind === 0 || kind === 3)
      return { refused: await this.#push(vital, LOOK_AHEAD), full: error }
    }
  }

  async #register(): Promise<void> {
    if (this.#host.progress().registered) return
    const genesis = await this.#host.genesis()
    if (genesis === null) return
    await this.#relay.register(this.#host.record, genesis.bytes)
    await this.#host.markRegistered()
  }

  /** Sends what is to go. The code of a refusal that retrying does not change, if there was one. */
  async #push(next: (limit: number) => Promise<Entry[]>, limit: number): Promise<string | null> {
    for (let refused: string | null = null, most = Infinity; ; ) {
      const batch = fitting(await next(limit)).slice(0, most)
      if (batch.length === 0 || this.#stopped) return refused
      this.#tell({ kind: 'sending' })
      const pushed = await this.#pushBatch(batch).catch(tooLargeFor(batch))
      if (pushed === null) {
        most = Math.ceil(batch.length / 2)
        continue
      }
      const final = pushed.refused.filter((r) => (r.missing ?? []).length === 0)
      if (pushed.accepted.length + final.length === 0) throw new Failure('relay-failed', 'nothing of a batch was settled')
      // First where, then what: what counts as sent must be missed if that place is ever lost.
      await this.#recognise(pushed)
      await this.#host.markSettled(pushed.accepted, final.map((r) => r.hash))
      refused = final[0]?.type.split(':').pop() ?? refused
    }
  }

  /** One batch; if the relay lacks operations that this device has, these go first. */
  async #pushBatch(batch: readonly Entry[]): Promise<Pushed> {
    try {
      return await this.#withToken((token) => this.#relay.push(this.#host.record, token, batch, this.#known().at))
    } catch (error) {
      if (!(error instanceof RelayProblem) || error.missing.length === 0) throw error
      const missing = await this.#host.entriesByHash(error.missing)
      if (missing.length === 0) throw error
      return await this.#withToken((token) => this.#relay.push(this.#host.record, token, [...missing, ...batch], this.#known().at))
    }
  }

  async #pullAll(): Promise<void> {
    for (let more = true; more && !this.#stopped; ) more = await this.#pull()
  }

  /**
   * A relay that left something out would never be asked for it again, since the cursor stands behind it. So it is asked for everything
   * once more, whenever something else is missing than the last time, and at the app's next start; but a relay that leaves out one thing
   * after another does not make a phone pull a whole record each time.
   */
  async #askAgain(): Promise<void> {
    const missing = this.#host.missing()
    if (missing === '') this.#askedFor = ''
    if (missing === this.#askedFor || this.#stopped) return
    const pause = this.#pauseBeforeAsking()
    if (pause > 0) {
      this.#goIn(pause)
      return
    }
    this.#askedFor = missing
    this.#askedAt = this.#host.now()
    const { scope } = this.#host.progress()
    await this.#host.receive({ cursor: 0, mark: '', known: null, more: true, scope, entries: [] })
    await this.#pullAll()
    this.#askedFor = this.#host.missing()
  }

  /** A clock that was set back makes no pause longer than it is. */
  #pauseBeforeAsking(): number {
    if (this.#askedAt === null) return 0
    const since = this.#host.now() - this.#askedAt
    return since < 0 ? 0 : ASK_AGAIN_MS - since
  }

  async #pull(): Promise<boolean> {
    const { cursor, scope } = this.#host.progress()
    const pulled = await this.#withToken((token) => this.#relay.pull(this.#host.record, token, cursor, BATCH * 4, this.#known().at))
    await this.#recognise(pulled)
    if (this.#host.progress().removed === true) await this.#host.markRemoved(false)
    const widened = cursor > 0 && pulled.scope !== scope
    if (widened) await this.#host.receive({ ...pulled, cursor: 0, entries: [] })
    else if (pulled.entries.length > 0 || pulled.cursor !== cursor) await this.#host.receive(pulled)
    return widened || (pulled.more && pulled.cursor > cursor)
  }

  #known(): Known {
    return this.#host.progress().known ?? NOTHING_KNOWN
  }

  /**
   * Is this still the log this device knows? A relay that was restored from a backup may have taken new entries since, so a
   * position alone says nothing: the mark there has to be the same.
   */
  async #recognise({ cursor, mark, known }: Place): Promise<void> {
    const before = this.#known()
    if (before.at > 0 && known !== before.mark) throw new OlderState()
    if (cursor > before.at) await this.#host.markKnown({ at: cursor, mark })
  }

  #listen(): void {
    this.#live ??= new Live({
      address: this.#relay.live(this.#host.record),
      token: async () => (await this.#freshToken()).token,
      onNews: () => this.wake(),
    })
  }

  /** A token refused in the middle of its life (the relay restarted with a new key) is replaced once. */
  async #withToken<T>(act: (token: string) => Promise<T>): Promise<T> {
    try {
      return await act((await this.#freshToken()).token)
    } catch (error) {
      if (!(error instanceof RelayProblem) || error.status !== 401) throw error
      this.#token = null
      return await act((await this.#freshToken()).token)
    }
  }

  async #freshToken(): Promise<Token> {
    if (this.#token !== null && this.#token.expiresAt - this.#host.now() > 20_000) return this.#token
    const { record, device } = this.#host
    const nonce = await this.#relay.challenge(record, device)
    return (this.#token = await this.#relay.token(record, device, nonce, await this.#host.sign(nonce)))
  }

  async #retry(error: unknown): Promise<void> {
    const failure = error instanceof Failure ? error : new Failure('core-failed', String(error))
    // Counted anew: some of it may have been taken before it failed.
    const queued = await this.#host.countUnsent().catch(() => howMany(this.#status))
    if (failure.code === 'relay-refused') this.#tell({ kind: 'refused', code: failure.detail, queued })
    else this.#tell({ kind: 'failed', queued, now: this.#host.now(), offline: failure.code === 'offline' })
    if (this.#stopped) return
    // Whoever was removed and is let in again learns it without pressing anything, but nobody knocks all day.
    if (isRemoval(error)) this.#hangUp()
    this.#goIn(isRemoval(error) ? REMOVED_MS : retryDelay(this.#attempt++, Math.random()))
  }

  #goIn(delay: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#go(), delay)
  }

  #hangUp(): void {
    this.#live?.close()
    this.#live = null
  }

  #tell(event: SyncEvent): void {
    this.#status = nextStatus(this.#status, event)
    this.#host.report(this.#status)
  }
}

/** The relay's log is not the one this device knows. */
class OlderState extends Failure {
  constructor() {
    super('relay-failed', 'the relay came back from an older state')
  }
}

/** The relay says that this device is not in the record any more. What it wrote before was taken all the same. */
function isRemoval(error: unknown): boolean {
  return error instanceof RelayProblem && error.detail === 'removed'
}

/** A relay takes less at once from whoever was removed: `null` says to send a part. */
function tooLargeFor(batch: readonly Entry[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof RelayProblem && error.status === 413 && batch.length > 1) return null
    throw error
  }
}

/** The longest beginning that one request can carry; at least one entry. */
export function fitting(entries: readonly Entry[]): Entry[] {
  let bytes = 0
  const end = entries.findIndex((entry, i) => (bytes += entry.bytes.length) > BATCH_BYTES && i > 0)
  return end < 0 ? [...entries] : entries.slice(0, end)
}
