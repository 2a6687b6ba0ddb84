import { expect, test, vi, beforeEach, afterEach } from 'vitest'
import { RelayProblem, type Pulled, type Pushed, type Relay, type WireEntry } from '../io/relay.ts'
import type { Entry, EntryKind } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import type { SyncStatus } from '../logic/sync.ts'
import { ChildSync, fitting, type Known, type SyncHost } from './child-sync.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const entry = (hash: string, size = 8, kind: EntryKind = 1): Entry => ({ kind, hash, bytes: new TextEncoder().encode(hash.padEnd(size, '.')) })
const nameOf = (wire: WireEntry) => new TextDecoder().decode(wire.bytes).replace(/\.+$/, '')

/** A phone: its queue, what it has received, and what its screen said. */
class Phone implements SyncHost {
  readonly record = 'record'
  readonly device = 'device'
  queue: Entry[] = []
  all: Entry[] = []
  received: string[] = []
  refused: string[] = []
  said: SyncStatus[] = []
  network = true
  cursor = 0
  registered = false
  scope = ''
  known: Known = { at: 0, mark: '' }
  removed = false
  /** What this phone owes the others: sent with the next exchange that notices. */
  owed: Entry[] = []
  progress = () => ({ cursor: this.cursor, registered: this.registered, scope: this.scope, known: this.known, removed: this.removed })
  markRemoved = (removed: boolean) => Promise.resolve(void (this.removed = removed))
  complete = () => {
    const made = this.owed
    this.owed = []
    this.queue.push(...made)
    return Promise.resolve(made.length > 0)
  }
  markKnown = (known: Known) => Promise.resolve(void (this.known = known))
  /** Of these it knows that they exist, from what others say. */
  mentioned: string[] = []
  missing = () => this.mentioned.filter((name) => !this.received.includes(name)).join()
  relayForgot = () => {
    this.queue = this.all
    this.registered = false
    this.cursor = 0
    this.known = { at: 0, mark: '' }
    return Promise.resolve()
  }
  introduce = () => Promise.resolve()
  sign = (nonce: string) => Promise.resolve(`signed ${nonce}`)
  unsent = (limit: number) => Promise.resolve(this.queue.slice(0, limit))
  countUnsent = () => Promise.resolve(this.queue.length)
  entriesByHash = (hashes: readonly string[]) => Promise.resolve(hashes.map((hash) => entry(hash)))
  genesis = () => Promise.resolve(entry('genesis'))
  markRegistered = () => Promise.resolve(void (this.registered = true))
  markSettled = (accepted: readonly string[], refused: readonly string[]) => {
    this.queue = this.queue.filter((e) => !accepted.includes(e.hash) && !refused.includes(e.hash))
    this.refused.push(...refused)
    return Promise.resolve()
  }
  receive = (pulled: Pulled) => {
    this.received.push(...pulled.entries.map(nameOf))
    this.cursor = pulled.cursor
    this.scope = pulled.scope
    return Promise.resolve()
  }
  now = () => Date.now()
  online = () => this.network
  report = (status: SyncStatus) => void this.said.push(status)
  get status(): SyncStatus | undefined {
    return this.said.at(-1)
  }
}

/** A relay that keeps what it is given, each entry once, and fails as told. */
class Box {
  kept: string[] = []
  scope = 'all'
  tokens = 0
  failures: Error[] = []
  refuse = new Set<string>()
  full = false
  register = () => this.#may()
  challenge = () => Promise.resolve('nonce')
  token = () => Promise.resolve({ token: `t${++this.tokens}`, expiresAt: Date.now() + 300_000 })
  push = async (_: string, __: string, entries: readonly WireEntry[], known: number): Promise<Pushed> => {
    await this.#may()
    if (this.full && entries.some(({ kind }) => kind === 1 || kind === 2)) throw new RelayProblem(507, 'relay-full', [])
    const names = entries.map(nameOf)
    const taken = names.filter((name) => !this.refuse.has(name))
    for (const name of taken) if (!this.kept.includes(name)) this.kept.push(name)
    const refused = names.filter((name) => this.refuse.has(name)).map((hash) => ({ hash, type: 'urn:omamori:problem:no-right', title: '' }))
    return { ...this.#place(this.kept.length, known), accepted: taken, refused }
  }
  pull = async (_: string, __: string, after: number, limit: number, known: number): Promise<Pulled> => {
    await this.#may()
    const entries = this.kept.slice(after, after + limit).map((name) => ({ kind: 1 as const, bytes: entry(name).bytes }))
    return { ...this.#place(Math.min(after, this.kept.length) + entries.length, known), more: after + entries.length < this.kept.length, scope: this.scope, entries }
  }
  /** As the relay does: a mark says all that stands before it. */
  #mark = (at: number): string => this.kept.slice(0, at).join(' ')
  #place = (cursor: number, known: number) => ({ cursor, mark: this.#mark(cursor), known: known > this.kept.length ? null : this.#mark(known) })
  live = () => 'ws://127.0.0.1:9/none'
  #may(): Promise<void> {
    const failure = this.failures.shift()
    return failure === undefined ? Promise.resolve() : Promise.reject(failure)
  }
}

const sync = (phone: Phone, box: Box) => {
  vi.stubGlobal('WebSocket', class { close = () => undefined })
  return new ChildSync(phone, box as unknown as Relay)
}

test('what was said offline leaves by itself when the network returns, and arrives once', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.network = false
  phone.queue = [entry('a'), entry('b')]
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(100)
  expect(phone.status).toMatchObject({ kind: 'waiting', queued: 2, offline: true })

  phone.network = true
  await vi.advanceTimersByTimeAsync(120_000)
  expect(box.kept).toEqual(['a', 'b'])
  expect(phone.status).toMatchObject({ kind: 'synced' })
  line.stop()
})

test('a relay that loses the answer gets the entry again and keeps it once', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  const settle = phone.markSettled
  phone.markSettled = () => Promise.reject(new Failure('storage-failed'))
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(10)
  phone.markSettled = settle
  await vi.advanceTimersByTimeAsync(5_000)
  expect(box.kept).toEqual(['a'])
  expect(phone.queue).toEqual([])
  line.stop()
})

test('everything new is pulled, page by page', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.kept = Array.from({ length: 700 }, (_, i) => `e${i}`)
  const line = sync(phone, box)
  await line.flush()
  expect(phone.received).toEqual(box.kept)
  line.stop()
})

test('a nurse who may suddenly read more gets what was withheld before', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.cursor = 2
  phone.scope = 'narrow'
  box.kept = ['withheld', 'seen', 'new']
  const line = sync(phone, box)
  await line.flush()
  expect(phone.received).toEqual(['withheld', 'seen', 'new'])
  line.stop()
})

test('what others mention and the relay left out is asked for again, and not over and over', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.mentioned = ['left out', 'never sent']
  const pull = box.pull
  let asked = 0
  box.kept = ['left out', 'said next']
  box.pull = async (...args) => {
    asked += 1
    const page = await pull(...args)
    return asked > 1 ? page : { ...page, entries: page.entries.filter((sent) => nameOf(sent) !== 'left out') }
  }
  const line = sync(phone, box)
  await line.flush()
  expect(phone.received).toEqual(['said next', 'left out', 'said next'])
  const before = asked
  await line.flush()
  expect(asked).toBe(before + 1)
  expect(phone.missing()).toBe('never sent')
  line.stop()
})

/** A relay that leaves these out of every page; the whole record is asked for again from its beginning. */
function leavesOut(box: Box): { out: string[]; wholePulls: number } {
  const lie = { out: [] as string[], wholePulls: 0 }
  const pull = box.pull
  box.pull = async (...asked) => {
    if (asked[2] === 0) lie.wholePulls += 1
    const page = await pull(...asked)
    return { ...page, entries: page.entries.filter((sent) => !lie.out.includes(nameOf(sent))) }
  }
  return lie
}

test('what is left out after the first thing came is asked for as well, although all that is known is that something waits', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.missing = () => (phone.mentioned.every((name) => phone.received.includes(name)) ? '' : 'waiting')
  box.kept = ['first', 'a']
  phone.mentioned = ['first']
  const lie = leavesOut(box)
  lie.out = ['first']
  const line = sync(phone, box)
  await line.flush()
  // Brought by another phone, held before this one.
  phone.received.push('first')
  await line.flush()

  await vi.advanceTimersByTimeAsync(10 * 60_000)
  lie.wholePulls = 0
  lie.out = ['second']
  box.kept.push('second', 'b')
  phone.mentioned.push('second')
  await line.flush()
  expect(lie.wholePulls).toBe(1)
  line.stop()
})

test('a relay that leaves out one thing after another makes a phone pull everything once in ten minutes, and what is missing stays named', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.kept = ['a']
  const lie = leavesOut(box)
  const line = sync(phone, box)
  await line.flush()
  lie.wholePulls = 0
  for (let minute = 0; minute < 55; minute++) {
    const [out, next] = [`out${minute}`, `next${minute}`]
    lie.out.push(out)
    box.kept.push(out, next)
    phone.mentioned.push(out)
    line.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(phone.received).toContain(next)
  }
  expect(lie.wholePulls).toBe(6)
  expect(phone.missing()).toBe(lie.out.join())

  // Nobody has to press anything for the next time.
  lie.out = []
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  expect(phone.missing()).toBe('')
  line.stop()
})

test('a clock that was set back keeps no phone from asking for what is missing', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.kept = ['a', 'b']
  phone.mentioned = ['a']
  const lie = leavesOut(box)
  lie.out = ['a']
  const line = sync(phone, box)
  await line.flush()
  lie.wholePulls = 0
  phone.mentioned.push('c')
  vi.setSystemTime(Date.now() - 86_400_000)
  await line.flush()
  expect(lie.wholePulls).toBe(1)
  line.stop()
})

test('a relay that lost the record gets it whole again', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.cursor = 9
  phone.all = [entry('genesis'), entry('a')]
  box.failures = [new RelayProblem(404, 'not-found', [])]
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(box.kept).toEqual(['genesis', 'a'])
  line.stop()
})

test('a relay restored from a backup gets back what it lost, although it has taken new entries since, and it is said once', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.all = ['genesis', 'a', 'b'].map((name) => entry(name))
  phone.queue = phone.all
  const line = sync(phone, box)
  await line.flush()
  expect(phone.known.at).toBe(3)

  box.kept = ['genesis', 'of another', 'and more', 'and more still']
  await line.flush()
  expect(box.kept).toEqual(['genesis', 'of another', 'and more', 'and more still', 'a', 'b'])
  expect(phone.received).toEqual(expect.arrayContaining(box.kept))
  expect(phone.status).toMatchObject({ kind: 'synced', resent: true })

  await vi.advanceTimersByTimeAsync(90_000)
  await line.flush()
  expect(phone.status).toEqual({ kind: 'synced', at: Date.now() })
  line.stop()
})

test('what was acknowledged and lost before anything was pulled is missed all the same', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.all = phone.queue = [entry('genesis'), entry('a')]
  const line = sync(phone, box)
  const pull = box.pull
  box.pull = () => Promise.reject(new Failure('offline'))
  await expect(line.flush()).rejects.toMatchObject({ code: 'offline' })
  expect([phone.cursor, phone.queue]).toEqual([0, []])

  box.pull = pull
  box.kept = ['genesis']
  await line.flush()
  expect(box.kept).toEqual(['genesis', 'a'])
  line.stop()
})

test('a relay that tells another story each time is tried again later, not for ever at once', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.all = phone.queue = [entry('genesis'), entry('a')]
  let stories = 0
  const push = box.push
  box.push = async (...asked) => ({ ...(await push(...asked)), mark: `${stories++}`, known: `${stories++}` })
  const line = sync(phone, box)
  await expect(line.flush()).rejects.toMatchObject({ code: 'relay-failed' })
  expect(stories).toBeLessThan(12)
  line.stop()
})

test('a full relay still gets who may see what, and is still read from', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.full = true
  box.kept = ['from elsewhere']
  phone.queue = [entry('words'), entry('removal', 8, 0), entry('more words'), entry('keys', 8, 3)]
  const line = sync(phone, box)
  await expect(line.flush()).rejects.toMatchObject({ status: 507 })
  expect(box.kept).toEqual(['from elsewhere', 'removal', 'keys'])
  expect(phone.received).toEqual(box.kept)
  expect(phone.queue.map(({ hash }) => hash)).toEqual(['words', 'more words'])

  box.full = false
  await line.flush()
  expect(phone.queue).toEqual([])
  line.stop()
})

test('whoever was removed hands in little by little what they had said, and is told', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = Array.from({ length: 10 }, (_, i) => entry(`word${i}`))
  const push = box.push
  box.push = (...asked) => (asked[2].length > 3 ? Promise.reject(new RelayProblem(413, 'too-large', [])) : push(...asked))
  box.pull = () => Promise.reject(new RelayProblem(403, 'removed', []))
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(100)
  expect(box.kept.length).toBe(10)
  expect(phone.queue).toEqual([])
  // Nothing is said to wait that was taken.
  expect(phone.status).toEqual({ kind: 'refused', code: 'removed', queued: 0 })
  line.stop()
})

test('after hours without a network, the first failure of a network that comes back is tried again within a second', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  phone.network = false
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(3 * 3_600_000)
  phone.network = true
  box.failures = [new Failure('offline')]
  line.wake()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(box.kept).toEqual(['a'])
  line.stop()
})

test('whoever asks while an attempt is failing is not forgotten for a minute', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.network = false
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(3_600_000)
  phone.network = true
  phone.queue = [entry('a')]
  let fail: (error: Error) => void = () => undefined
  const push = box.push
  box.push = () => new Promise((_, reject) => (fail = reject))
  line.wake()
  await vi.advanceTimersByTimeAsync(0)
  box.push = push
  line.wake()
  fail(new Failure('offline'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(box.kept).toEqual(['a'])
  line.stop()
})

test('an invitation that could not leave goes on by itself', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  box.failures = [new Failure('offline')]
  const line = sync(phone, box)
  await expect(line.flush()).rejects.toMatchObject({ code: 'offline' })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(box.kept).toEqual(['a'])
  line.stop()
})

test('whoever was removed does not knock all day, and hears by itself when let in again', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.kept = ['later']
  let asked = 0
  const pull = box.pull
  box.pull = () => (asked++, Promise.reject(new RelayProblem(403, 'removed', [])))
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(9 * 60_000)
  expect([asked, phone.removed]).toEqual([1, true])

  box.pull = pull
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  expect([phone.received, phone.removed]).toEqual([['later'], false])
  line.stop()
})

test('what this phone owes after a removal it heard of is sent in the same exchange', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  box.kept = ['removal']
  const receive = phone.receive
  phone.receive = async (pulled) => {
    await receive(pulled)
    phone.owed = [entry('rotation', 8, 0), entry('keys', 8, 3)]
  }
  const line = sync(phone, box)
  await line.flush()
  expect(box.kept).toEqual(['removal', 'rotation', 'keys'])
  expect(phone.status).toMatchObject({ kind: 'synced' })
  line.stop()
})

test('what is owed goes out although the relay refused something else, and the refusal is still told', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  phone.owed = [entry('rotation', 8, 0)]
  box.refuse.add('a')
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(100)
  expect(box.kept).toEqual(['rotation'])
  expect(phone.status).toMatchObject({ kind: 'refused', code: 'no-right' })
  line.stop()
})

test('one entry the relay refuses does not hold up the others, and is told', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.queue = [entry('a'), entry('b'), entry('c')]
  box.refuse.add('b')
  const line = sync(phone, box)
  line.wake()
  await vi.advanceTimersByTimeAsync(100)
  expect(box.kept).toEqual(['a', 'c'])
  expect(phone.refused).toEqual(['b'])
  expect(phone.status).toMatchObject({ kind: 'refused', code: 'no-right' })
  line.stop()
})

test('a relay that restarted with a new key is asked for a new token, once', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  box.failures = [new RelayProblem(401, 'token', [])]
  const line = sync(phone, box)
  await line.flush()
  expect(box.kept).toEqual(['a'])
  expect(box.tokens).toBe(2)
  line.stop()
})

test('operations the relay lacks are sent before what needs them', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.registered = true
  phone.queue = [entry('a')]
  box.failures = [new RelayProblem(409, 'unknown-heads', ['op'])]
  const line = sync(phone, box)
  await line.flush()
  expect(box.kept).toEqual(['op', 'a'])
  line.stop()
})

test('an invitation waits for the relay: if it cannot be reached, flushing says so', async () => {
  const [phone, box] = [new Phone(), new Box()]
  phone.network = false
  phone.queue = [entry('a')]
  await expect(sync(phone, box).flush()).rejects.toMatchObject({ code: 'offline' })
})

test('a request never grows beyond what the relay takes, but always carries something', () => {
  const big = entry('big', 4 << 20)
  expect(fitting([big, entry('a')])).toEqual([big])
  expect(fitting([entry('a'), big, entry('b')]).map((e) => e.hash)).toEqual(['a'])
  expect(fitting([entry('a'), entry('b')]).length).toBe(2)
})
