import { beforeEach, expect, test, vi } from 'vitest'
import { Failure } from '../../logic/result.ts'
import { farActions } from './far.svelte.ts'

interface Change {
  put?: [string, unknown][]
  remove?: string[]
}
interface Ask {
  do: string
  slot1?: Uint8Array
  places?: number[]
}

const boxes = new Map<string, unknown>()
const mailbox = new Map<string, Uint8Array>()
/** What happened, in order. */
let log: string[] = []
let asked: Ask[] = []
const RIGHT = [1, 2, 3, 4]

vi.mock('../boot.ts', () => ({
  session: () => ({
    vault: {
      box: (name: string) => Promise.resolve(boxes.get(name)),
      boxes: (start: string) => Promise.resolve(new Map([...boxes].filter(([name]) => name.startsWith(start)))),
    },
    write: keep,
    moment: () => ({ now: 0, today: '2026-11-21' }),
    records: {
      ask: (ask: Ask) => {
        asked.push(ask)
        if (ask.do === 'far-begin') return Promise.resolve({ kept: new Uint8Array(96), link: 'l', mailbox: 'm' })
        if (ask.do === 'far-compare' && ask.places?.join() !== RIGHT.join()) return Promise.reject(new Failure('words-differ'))
        return Promise.resolve(new Uint8Array([9]))
      },
      change: (request: { do: string }, _: unknown, also: Change) => {
        log.push(request.do)
        return keep(also)
      },
    },
    show: () => Promise.resolve(),
    startSync: () => Promise.resolve({ flush: () => Promise.resolve(log.push('flush')) }),
    relay: {
      getFar: (box: string, slot: number) => Promise.resolve(mailbox.get(`${box}/${String(slot)}`) ?? null),
      putFar: (box: string, slot: number, message: Uint8Array) => {
        log.push(`put ${String(slot)}`)
        mailbox.set(`${box}/${String(slot)}`, message)
        return Promise.resolve()
      },
    },
  }),
}))

function keep({ put = [], remove = [] }: Change): Promise<void> {
  for (const [name, box] of put) boxes.set(name, box)
  for (const name of remove) boxes.delete(name)
  log.push(`disk ${[...put.map(([name]) => name), ...remove.map((name) => `-${name}`)].join(' ')}`)
  return Promise.resolve()
}

vi.mock('../state.svelte.ts', () => ({ app: { children: [{ id: '1', record: 'r' }] } }))

const never = new AbortController().signal
const invited = () => farActions.inviteFar('1', { name: '祖母', role: 'other' }, [], {})

beforeEach(async () => {
  boxes.clear()
  mailbox.clear()
  await invited()
  log = []
  asked = []
})

test('the first answer is on the disk before anything is shown, and no other is taken, also after a reload', async () => {
  const [first, second] = [new Uint8Array([1]), new Uint8Array([2])]
  mailbox.set('m/1', first)
  await farActions.awaitGuest('m', never)
  expect(log).toEqual(['disk far-made/m', 'put 2'])
  // A relay that was told what to answer now says something else.
  mailbox.set('m/1', second)
  await farActions.awaitGuest('m', never)
  await farActions.letInByWords('m', RIGHT)
  expect(asked.filter((ask) => ask.do === 'far-compare').map((ask) => ask.slot1)).toEqual([first])
})

test('the guest is told after the relay knows the right, and the invitation is gone in the same write as the grant', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  await farActions.awaitGuest('m', never)
  log = []
  await expect(farActions.letInByWords('m', RIGHT)).resolves.toEqual({ delivered: true, refused: false })
  expect(log).toEqual(['grant-on', 'disk mail/m -far-made/m', 'flush', 'put 3', 'disk -mail/m'])
})

test('words that differ three times throw the invitation away, and nobody was let in', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  await farActions.awaitGuest('m', never)
  for (const left of [2, 1]) {
    await expect(farActions.letInByWords('m', [4, 3, 2, 1])).rejects.toThrow('words-differ')
    expect((await farActions.farInvitation('m'))?.triesLeft).toBe(left)
  }
  await expect(farActions.letInByWords('m', [4, 3, 2, 1])).rejects.toThrow('words-wrong')
  await expect(farActions.letInByWords('m', RIGHT)).rejects.toThrow('far-expired')
  expect(await farActions.farInvitations('1')).toEqual([])
  expect(log).not.toContain('grant-on')
  expect(log).not.toContain('put 3')
})

test('after a day an invitation is over', async () => {
  const box = boxes.get('far-made/m') as { expiresAt: number }
  boxes.set('far-made/m', { ...box, expiresAt: Date.now() - 1 })
  mailbox.set('m/1', new Uint8Array([1]))
  await expect(farActions.awaitGuest('m', never)).rejects.toThrow('far-expired')
  expect(await farActions.farInvitations('1')).toEqual([])
})
