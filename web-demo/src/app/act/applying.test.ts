import { beforeEach, expect, test, vi } from 'vitest'
import { Failure } from '../../logic/result.ts'
import { certificateBox } from '../certificates.ts'
import { applicationBox, boxesOf, NOBODYS_APPLICATION } from '../station.ts'
import type { Vault } from '../../io/vault.ts'
import { organisationActions } from './organisation.svelte.ts'

const MINUTES = 60_000
function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
const sato = { id: 'sato', name: '佐藤', manager: true, locker: bytes('locker'), since: 1 }

/** The tablet's disk and clock, what the family left at the relay, and whether the relay knows the keys that the tablet had. */
let boxes: Map<string, unknown>
let clock: number
let answer: Uint8Array | null
let standing: Failure | null
let codes: number
let children: { id: string; record: string }[]

vi.mock('../../io/clock.ts', () => ({ now: () => clock, today: () => '2026-11-21' }))
vi.mock('../state.svelte.ts', () => ({
  app: {
    get children() {
      return children
    },
    station: { name: 'ひまわり', preset: 'nursing-station' },
  },
}))
vi.mock('../boot.ts', () => {
  const box = (name: string) => Promise.resolve(boxes.get(name))
  const those = (prefix: string) => Promise.resolve(new Map([...boxes].filter(([name]) => name.startsWith(prefix))))
  const write = ({ put = [], remove = [] }: { put?: readonly (readonly [string, unknown])[]; remove?: string[] }) => {
    for (const [name, value] of put) boxes.set(name, value)
    for (const name of remove) boxes.delete(name)
    return Promise.resolve()
  }
  const ask = (request: { do: string; qr?: string }): Promise<unknown> => {
    const answers: Record<string, () => unknown> = {
      qr: () => [[true]],
      'station-apply': () => ({ qr: `code ${(codes += 1).toString()}`, mailbox: 'm', message: bytes('application'), secret: bytes('s'), organisation: bytes('o') }),
      'station-read-reply': () => ({ record: 'r', grant: 'g' }),
      'station-first-join': () => ({ kind: 0, hash: 'j', bytes: bytes(`certificate for ${codes.toString()}`) }),
      'device-of': () => `device ${codes.toString()}`,
    }
    return Promise.resolve(answers[request.do]?.() ?? bytes(request.do))
  }
  const own = {
    person: { id: 'sato', locker: bytes('open'), secrets: new Map<number, Uint8Array>() },
    vault: { box, boxes: those },
    write,
    settings: { nextChild: 2 },
    settingsBox: (change: object) => ['settings', change] as const,
    adoptSettings: () => undefined,
    moment: () => ({ now: clock, today: '2026-11-21' }),
    show: () => Promise.resolve(),
    stopSync: () => undefined,
    startSync: () => Promise.resolve({ flush: () => (standing === null ? Promise.resolve() : Promise.reject(standing)) }),
    records: {
      ask,
      leave: () => Promise.resolve(),
      join: (_: object, also: Parameters<typeof write>[0]) => write(also),
    },
    relay: { putMail: () => Promise.resolve(), getMail: () => Promise.resolve(answer), certify: () => Promise.resolve() },
  }
  return { session: () => own }
})

beforeEach(() => {
  boxes = new Map<string, unknown>([['staff/sato', sato]])
  clock = 1_000_000_000
  answer = null
  standing = null
  codes = 0
  children = []
})

/** Shows the code for as long as it is good; resolves to what was shown and became of it. */
async function applies(over?: 'same' | 'new', minutes = 16) {
  const shown: string[] = []
  const show = ({ qr }: { qr: string }) => {
    shown.push(qr)
    clock += minutes * MINUTES
  }
  const done = await organisationActions.applyForChild(show, new AbortController().signal, over).catch((error: unknown) => error)
  return { shown, done }
}

test('a code whose time is over stays the one that the family agreed to, until whoever is there says what to do', async () => {
  expect(await applies()).toMatchObject({ shown: ['code 1'], done: { code: 'pairing-expired' } })
  // Opened again, nothing is made and nothing is lost.
  expect(await applies()).toMatchObject({ shown: [], done: { code: 'pairing-expired' } })
  expect(boxes.get(applicationBox('sato'))).toMatchObject({ qr: 'code 1' })
  answer = bytes('yes')
  expect(await applies('same', 0)).toEqual({ shown: ['code 1'], done: '2' })
  expect(boxes.has(applicationBox('sato'))).toBe(false)
})

test('only a new code gives the old one up', async () => {
  await applies()
  expect((await applies('new')).shown).toEqual(['code 2'])
  expect(boxes.get(applicationBox('sato'))).toMatchObject({ qr: 'code 2' })
})

test('an answer to a code that was given up for a new one takes nobody in', async () => {
  answer = bytes('yes')
  const show = () => boxes.set(applicationBox('sato'), { qr: 'code 2', message: bytes('application') })
  const answered = organisationActions.applyForChild(show, new AbortController().signal)
  await expect(answered).rejects.toMatchObject({ code: 'pairing-expired' })
  expect(boxes.get(applicationBox('sato'))).toMatchObject({ qr: 'code 2' })
})

test('what a version before kept of an application, without whose it is, goes with the next one', async () => {
  boxes.set(NOBODYS_APPLICATION, { qr: 'an old code' })
  await applies()
  expect(boxes.has(NOBODYS_APPLICATION)).toBe(false)
})

test('the moving codes are there in the last minute too', async () => {
  await applies(undefined, 15)
  clock -= 1000
  expect(await organisationActions.applyFrames()).not.toHaveLength(0)
})

test('what somebody applied with goes with them, and with nobody else', async () => {
  const vault = { boxes: () => Promise.resolve(new Map()) } as unknown as Vault
  expect(await boxesOf(vault, 'sato')).toContain(applicationBox('sato'))
  expect(applicationBox('sato')).not.toBe(applicationBox('suzuki'))
})

test('keys of which the relay never heard give way to the new ones that a family grants', async () => {
  children = [{ id: '1', record: 'r' }]
  boxes.set(certificateBox(1), bytes('the old certificate'))
  standing = new Failure('relay-failed', 'the family has not been online')
  answer = bytes('yes')
  expect((await applies(undefined, 0)).done).toBe('1')
  expect(boxes.has(certificateBox(1))).toBe(false)
  expect(boxes.get('station-child/1')).toMatchObject({ people: { sato: { device: 'device 1' } } })
})

test('where the relay cannot be asked about the old keys, the new ones wait', async () => {
  children = [{ id: '1', record: 'r' }]
  standing = new Failure('offline')
  answer = bytes('yes')
  expect((await applies(undefined, 0)).done).toMatchObject({ code: 'relay-failed' })
  expect(boxes.get(applicationBox('sato'))).toMatchObject({ qr: 'code 1' })
  standing = null
  expect((await applies(undefined, 0)).done).toBe('1')
  expect(boxes.has(applicationBox('sato'))).toBe(false)
})
