import { beforeEach, expect, test, vi } from 'vitest'
import { Failure } from '../../logic/result.ts'
import { peopleActions } from './people.svelte.ts'

/** What the record said to letting these keys in, what it has for them, what this phone keeps, and the clock. */
let refusal: Failure | null
let entries: { kind: number }[]
let boxes: Map<string, unknown>
let clock: number
let left: string[]
let codes: number

vi.mock('../../io/clock.ts', () => ({ now: () => clock }))
vi.mock('../state.svelte.ts', () => ({ app: { children: [{ id: '1', record: 'r' }] } }))
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
    }
    return Promise.resolve(answers[request.do]?.() ?? [[true]])
  }
  const own = {
    vault: { box: (name: string) => Promise.resolve(boxes.get(name)) },
    write,
    moment: () => ({ now: clock, today: '2026-11-21' }),
    show: () => Promise.resolve(),
    startSync: () => Promise.resolve({ flush: () => Promise.resolve() }),
    records: { ask, change: () => (refusal === null ? Promise.resolve({}) : Promise.reject(refusal)) },
    relay: { putMail: (mailbox: string) => Promise.resolve(void left.push(mailbox)) },
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
})

test('a phone whose code is read a second time is answered again, and nothing is decided anew', async () => {
  expect(await lets()).toEqual({ delivered: true, refused: false, already: false })
  refusal = new Failure('invalid-operation')
  entries = [{ kind: 0 }, { kind: 3 }, { kind: 2 }]
  expect(await lets()).toEqual({ delivered: true, refused: false, already: true })
  expect([left, boxes.size]).toEqual([['m', 'm'], 0])
})

test('a phone that was removed, or that nobody let in, is not answered', async () => {
  refusal = new Failure('invalid-operation')
  entries = [{ kind: 0 }, { kind: 3 }]
  await expect(lets()).rejects.toMatchObject({ code: 'invalid-operation' })
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
