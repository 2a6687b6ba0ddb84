import { beforeEach, expect, test, vi } from 'vitest'
import { Failure } from '../../logic/result.ts'
import { farActions, sweepFar } from './far.svelte.ts'
import { deliverMail } from './people.svelte.ts'

interface Change {
  put?: [string, unknown][]
  remove?: string[]
}
interface Ask {
  do: string
  slot1?: Uint8Array
  places?: number[]
}
interface Mail {
  child: number
  mailbox: string
  reply: Uint8Array
  until: number
}

const boxes = new Map<string, unknown>()
const mailbox = new Map<string, Uint8Array>()
/** What happened, in order. */
let log: string[] = []
let asked: Ask[] = []
/** What goes wrong, by what was asked. */
const troubles = new Map<string, Error>()
let inList: string[] = []
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
        const trouble = troubles.get(ask.do)
        if (trouble !== undefined) return Promise.reject(trouble)
        if (ask.do === 'access-list') return Promise.resolve(inList.map((device) => ({ devices: [{ device }] })))
        if (ask.do === 'far-place') return Promise.resolve({ link: 'l', mailbox: 'm' })
        if (ask.do === 'far-words') return Promise.resolve(RIGHT)
        if (ask.do === 'kit-list') return Promise.resolve(['a', 'b', 'c', 'd', 'e'])
        if (ask.do === 'far-begin') return Promise.resolve({ kept: new Uint8Array(96), link: 'l', mailbox: 'm' })
        if (ask.do === 'far-compare' && ask.places?.join() !== RIGHT.join()) return Promise.reject(new Failure('words-differ'))
        if (ask.do === 'far-compare') return Promise.resolve({ publicKeys: new Uint8Array([8]), slot3: new Uint8Array([9]) })
        return Promise.resolve(new Uint8Array([9]))
      },
      change: (request: { do: string }, _: unknown, also: Change) => {
        log.push(request.do)
        if (request.do === 'grant-on') inList = [...inList, 'hers']
        return keep(also)
      },
    },
    show: () => Promise.resolve(),
    startSync: () => Promise.resolve({ flush: () => Promise.resolve(log.push('flush')) }),
    stopSync: () => undefined,
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
  troubles.clear()
  inList = ['own']
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
  await expect(farActions.letInByWords('m', RIGHT)).resolves.toEqual({ delivered: true, refused: false, device: 'hers' })
  expect(log).toEqual(['grant-on', 'disk mail/m far-done/m -far-made/m', 'disk far-done/m', 'flush', 'put 3', 'disk mail/m'])
})

test('words that differ three times throw the invitation away, and nobody was let in', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  await farActions.awaitGuest('m', never)
  for (const left of [2, 1]) {
    await expect(farActions.letInByWords('m', [4, 3, 2, 1])).rejects.toThrow('words-differ')
    expect((await farActions.farInvitation('m'))?.triesLeft).toBe(left)
  }
  await expect(farActions.letInByWords('m', [4, 3, 2, 1])).rejects.toThrow('words-wrong')
  await expect(farActions.letInByWords('m', RIGHT)).rejects.toThrow('words-wrong')
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
  // Opened again, the page says why.
  await expect(farActions.awaitGuest('m', never)).rejects.toThrow('far-expired')
})

test('after somebody was let in, the page still says so for a day', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  await farActions.awaitGuest('m', never)
  await farActions.letInByWords('m', RIGHT)
  expect(await farActions.farDone('m')).toEqual({ name: '祖母', device: 'hers', delivered: true, refused: false })
  expect(await farActions.linkState('l')).toBe('own')
  boxes.set('far-done/m', { ...(boxes.get('far-done/m') as object), expiresAt: Date.now() - 1 })
  expect(await farActions.farDone('m')).toBeNull()
})

test('a relay that forgot the answer is given it again, until the day is over', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  await farActions.awaitGuest('m', never)
  await farActions.letInByWords('m', RIGHT)
  mailbox.clear()
  await deliverMail()
  expect(mailbox.has('m/3')).toBe(true)
  boxes.set('mail/m', { ...(boxes.get('mail/m') as Mail), until: Date.now() - 1 })
  mailbox.clear()
  await deliverMail()
  expect(mailbox.has('m/3')).toBe(false)
  expect(boxes.has('mail/m')).toBe(false)
})

test('a page that waits twice takes the answer it read first', async () => {
  const [first, second] = [new Uint8Array([1]), new Uint8Array([2])]
  mailbox.set('m/1', first)
  const before = farActions.awaitGuest('m', never)
  await Promise.resolve()
  await Promise.resolve()
  mailbox.set('m/1', second)
  await Promise.all([before, farActions.awaitGuest('m', never)])
  expect((boxes.get('far-made/m') as { slot1: Uint8Array }).slot1).toEqual(first)
  expect(log.filter((line) => line === 'disk far-made/m')).toHaveLength(1)
})

test('a full disk is no forgery, and ends nothing; a message of somebody else does', async () => {
  mailbox.set('m/1', new Uint8Array([1]))
  troubles.set('far-meet', new Failure('storage-full'))
  await expect(farActions.awaitGuest('m', never)).rejects.toThrow('storage-full')
  expect(boxes.has('far-made/m')).toBe(true)
  troubles.set('far-meet', new Failure('malformed'))
  await expect(farActions.awaitGuest('m', never)).rejects.toThrow('far-broken')
  expect(boxes.has('far-made/m')).toBe(false)
})

const opened = (more: object) => ({ link: 'l', mailbox: 'm', secret: new Uint8Array([5]), slot1: new Uint8Array([1]), slot2: null, agreed: false, ...more })

test('a worker that was killed costs a guest no keys', async () => {
  boxes.clear()
  boxes.set('far-opened/m', opened({ expiresAt: Date.now() + 1000_000 }))
  mailbox.set('m/2', new Uint8Array([2]))
  troubles.set('far-words', new Failure('core-failed'))
  await expect(farActions.joinFar('l', () => undefined, never)).rejects.toThrow('core-failed')
  expect(boxes.has('far-opened/m')).toBe(true)
})

test('a guest whose day is over is told to ask, not that nobody is in', async () => {
  boxes.clear()
  boxes.set('far-opened/m', opened({ expiresAt: Date.now() - 1 }))
  await expect(farActions.joinFar('l', () => undefined, never)).rejects.toThrow('far-late')
})

test('whoever opens a link that was called off is told so', async () => {
  await farActions.dropFar('m')
  await expect(farActions.joinFar('l', () => undefined, never)).rejects.toThrow('far-called-off')
  expect(boxes.has('far-opened/m')).toBe(false)
})

test('a link that is tapped again on the phone that joined by it leads to the record', async () => {
  boxes.clear()
  boxes.set('far-joined/m', '1')
  expect(await farActions.linkState('l')).toEqual({ joined: '1' })
  boxes.set('far-joined/m', '2')
  expect(await farActions.linkState('l')).toBe('new')
})

test('what is over is forgotten with its keys when the app starts, and nothing else', async () => {
  boxes.set('far-opened/x', opened({ expiresAt: Date.now() - 1 }))
  boxes.set('far-opened/y', opened({ expiresAt: Date.now() + 1000_000 }))
  await sweepFar()
  expect([...boxes.keys()].sort()).toEqual(['far-made/m', 'far-opened/y', 'far-over/x'])
  expect(Object.keys(boxes.get('far-over/x') as object)).toEqual(['code', 'expiresAt'])
})

test('a guest who taps the link again after its day is told that it is over, and begins nothing', async () => {
  boxes.clear()
  boxes.set('far-opened/m', opened({ expiresAt: Date.now() - 1 }))
  await sweepFar()
  expect(await farActions.linkState('l')).toEqual({ over: 'far-late' })
})

test('a page that waited while its day ended says that, not that somebody stopped', async () => {
  boxes.clear()
  boxes.set('far-over/m', { code: 'far-late', expiresAt: Date.now() + 1000_000 })
  await expect(farActions.wordsAgreed('l', true)).rejects.toThrow('far-late')
})

test('whoever stopped, was called off or came too late is told the same when they tap the link again', async () => {
  await farActions.dropFar('m')
  expect(await farActions.linkState('l')).toEqual({ over: 'far-gone' })
  boxes.clear()
  await expect(farActions.joinFar('l', () => undefined, never)).rejects.toThrow('far-called-off')
  expect(await farActions.linkState('l')).toEqual({ over: 'far-called-off' })
  boxes.clear()
  boxes.set('far-opened/m', opened({ expiresAt: Date.now() + 1000_000 }))
  await farActions.wordsAgreed('l', false)
  expect(await farActions.linkState('l')).toEqual({ over: 'far-stopped' })
})

test('months later nothing is known of a link any more', async () => {
  boxes.clear()
  boxes.set('far-over/m', { code: 'far-late', expiresAt: Date.now() - 1 })
  await sweepFar()
  expect([...boxes.keys()]).toEqual([])
})
