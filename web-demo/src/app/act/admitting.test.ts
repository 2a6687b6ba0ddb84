import { beforeEach, expect, test, vi } from 'vitest'
import { writeAnswer } from '../../logic/answer.ts'
import { Failure } from '../../logic/result.ts'
import { peopleActions } from './people.svelte.ts'

/** What the record said to letting these keys in, what it has for them, what this phone keeps, and the clock. */
let refusal: Failure | null
let entries: { kind: number }[]
let boxes: Map<string, unknown>
let clock: number
let left: string[]
let codes: number
/** The records on this phone, what was left for it at the relay, and how often something was taken in. */
let children: { id: string; record: string }[]
let reply: Uint8Array | null
let joined: number

vi.mock('../../io/clock.ts', () => ({ now: () => clock }))
vi.mock('../state.svelte.ts', () => ({
  app: {
    get children() {
      return children
    },
  },
}))
vi.mock('../boot.ts', () => {
  const write = ({ put = [], remove = [] }: { put?: readonly (readonly [string, unknown])[]; remove?: string[] }) => {
    for (const [name, value] of put) boxes.set(name, value)
    for (const name of remove) boxes.delete(name)
    return Promise.resolve()
  }
  const ask = (request: { do: string }): Promise<unknown> => {
    const answers: Record<string, () => unknown> = {
      'pairing-mailbox': () => 'm',
      'pairing-reply': () => new Uint8Array([9]),
      'pairing-offer': () => ({ qr: `code ${(codes += 1).toString()}`, mailbox: 'm', publicKeys: new Uint8Array(1262) }),
      'for-first-screen': () => entries,
      'pairing-read-reply': () => 'theirs',
    }
    return Promise.resolve(answers[request.do]?.() ?? [[true]])
  }
  const own = {
    vault: { box: (name: string) => Promise.resolve(boxes.get(name)) },
    write,
    moment: () => ({ now: clock, today: '2026-11-21' }),
    show: () => Promise.resolve(),
    startSync: () => Promise.resolve({ flush: () => Promise.resolve() }),
    settings: { nextChild: 2 },
    settingsBox: (change: object) => ['settings', change] as const,
    adoptSettings: () => undefined,
    records: {
      ask,
      change: () => (refusal === null ? Promise.resolve({}) : Promise.reject(refusal)),
      join: async ({ number, record }: { number: number; record: string }, also: Parameters<typeof write>[0]) => {
        // All else that can happen happens before the disk is done.
        await new Promise((done) => setImmediate(done))
        await write(also)
        joined += 1
        children = [...children, { id: String(number), record }]
      },
    },
    relay: { putMail: (mailbox: string) => Promise.resolve(void left.push(mailbox)), getMail: () => Promise.resolve(reply) },
  }
  return { session: () => own }
})

const nurse = { name: '佐藤', role: 'nurse' as const }
const lets = () => peopleActions.grant('1', { qr: 'q', publicKeys: new Uint8Array() }, nurse, [])

beforeEach(() => {
  refusal = null
  entries = []
  boxes = new Map()
  clock = 1_000_000_000
  left = []
  codes = 0
  children = [{ id: '1', record: 'r' }]
  reply = null
  joined = 0
})

test('a phone whose code is read a second time is answered again, and nothing is decided anew', async () => {
  expect(await lets()).toEqual({ delivered: true, refused: false, already: false })
  refusal = new Failure('invalid-operation')
  entries = [{ kind: 0 }, { kind: 3 }, { kind: 2 }]
  expect(await lets()).toEqual({ delivered: true, refused: false, already: true })
  expect([left, boxes.size]).toEqual([['m', 'm'], 0])
})

test('a phone that was let in and taken out again is not answered: it needs a new code', async () => {
  refusal = new Failure('invalid-operation')
  entries = [{ kind: 0 }, { kind: 3 }]
  await expect(lets()).rejects.toMatchObject({ code: 'code-used' })
  expect([left, boxes.size]).toEqual([[], 0])
})

test('what this phone may not decide is not answered either', async () => {
  refusal = new Failure('no-right')
  await expect(lets()).rejects.toMatchObject({ code: 'no-right' })
  expect([left, boxes.size]).toEqual([[], 0])
})

test('a phone’s code whose time is over keeps its keys, and is there again when asked for', async () => {
  const shown: string[] = []
  const joins = (over?: 'same' | 'new') => {
    const show = ({ qr }: { qr: string }) => {
      shown.push(qr)
      clock += 16 * 60_000
    }
    return peopleActions.join(show, new AbortController().signal, over).catch((error: unknown) => (error as Failure).code)
  }
  expect([await joins(), await joins(), await joins('same')]).toEqual(['pairing-expired', 'pairing-expired', 'pairing-expired'])
  expect(shown).toEqual(['code 1', 'code 1'])
  expect(await peopleActions.joinFrames()).not.toHaveLength(0)
  await joins('new')
  expect(shown.at(-1)).toBe('code 2')
})

const filmedAnswer = () => peopleActions.joinByAnswer(writeAnswer({ reply: new Uint8Array([9]), entries: [] }))
const hears = () => peopleActions.join(() => undefined, new AbortController().signal)

test('an answer that comes over the network while it is being filmed lets this phone in once, and both say so', async () => {
  await peopleActions.join(() => (clock += 15 * 60_000), new AbortController().signal).catch(() => undefined)
  clock -= 15 * 60_000
  reply = new Uint8Array([9])
  expect(await Promise.all([hears(), filmedAnswer()])).toEqual(['2', '2'])
  expect([joined, boxes.has('pairing')]).toEqual([1, false])
})

test('an answer to a code that was given up for a new one lets nobody in', async () => {
  reply = new Uint8Array([9])
  const answered = peopleActions.join(() => boxes.set('pairing', { qr: 'code 2', publicKeys: new Uint8Array() }), new AbortController().signal)
  await expect(answered).rejects.toMatchObject({ code: 'pairing-expired' })
  expect([joined, boxes.get('pairing')]).toMatchObject([0, { qr: 'code 2' }])
})
