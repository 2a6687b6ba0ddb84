import { beforeEach, expect, test, vi } from 'vitest'
import type { Tries } from '../../logic/backoff.ts'
import { Failure } from '../../logic/result.ts'
import { officerActions, type OfficerBox } from './officer.svelte.ts'

interface Change {
  put?: [string, unknown][]
  remove?: string[]
}

const boxes = new Map<string, unknown>()
const at = { now: 1_000_000 }
const asked: string[] = []
let answers: (pin: string) => unknown
let relay: (record: string) => Promise<void>

vi.mock('../boot.ts', () => ({
  session: () => ({
    vault: {
      box: (name: string) => Promise.resolve(boxes.get(name)),
      boxes: (start: string) => Promise.resolve(new Map([...boxes].filter(([name]) => name.startsWith(start)))),
    },
    write: ({ put = [], remove = [] }: Change) => {
      for (const [name, box] of put) boxes.set(name, box)
      for (const name of remove) boxes.delete(name)
      return Promise.resolve()
    },
    moment: () => ({ now: at.now, today: '2026-11-21' }),
    records: {
      ask: ({ officer }: { officer: { ask: string; keys?: { pin: string } } }) =>
        new Promise((resolve) => {
          asked.push(officer.ask)
          resolve(answers(officer.keys?.pin ?? ''))
        }),
    },
    relay: { tellOpening: (record: string) => relay(record) },
  }),
}))

const officer: OfficerBox = { id: 'a', name: '佐藤', office: '', keys: '', sealed: new Uint8Array(), municipality: '', fingerprint: '', at: 0 }
const held = { record: 'r', label: { record: 'r', package: '', town: '', fingerprint: '', officers: [] }, entries: [], at: 0 } as unknown as Parameters<
  typeof officerActions.lookAtRelease
>[2]
const look = (pin: string) => officerActions.lookAtRelease(officer, pin, held, new Uint8Array())
const tries = () => (boxes.get('officer/a') as OfficerBox).tries as Tries
const fails = (code: string) => () => Promise.reject(new Failure(code))

beforeEach(() => {
  boxes.clear()
  asked.length = 0
  boxes.set('officer/a', officer)
  at.now = 1_000_000
  answers = (pin) => {
    if (pin !== '246802') throw new Failure('wrong-pin')
    return 'asked'
  }
})

test('after five wrong PINs none is taken for a minute, not even the right one', async () => {
  for (let i = 0; i < 5; i++) await expect(look('000000')).rejects.toThrow('wrong-pin')
  expect(tries()).toMatchObject({ wrong: 5, wait: 60_000 })
  await expect(look('246802')).rejects.toMatchObject({ code: 'pin-wait', detail: '1' })
  at.now += 60_000
  await expect(look('246802')).resolves.toBe('asked')
  expect(tries().wrong).toBe(0)
})

test('a try is counted before it is made, and tries at once are counted each', async () => {
  const seen: number[] = []
  answers = () => {
    seen.push(tries().wrong)
    throw new Failure('wrong-pin')
  }
  await Promise.allSettled([look('1'), look('2'), look('3')])
  expect(seen).toEqual([1, 2, 3])
})

test('what is refused for another reason is no wrong PIN', async () => {
  answers = () => {
    throw new Failure('alone')
  }
  await expect(look('246802')).rejects.toThrow('alone')
  expect(tries().wrong).toBe(0)
})

test('one opening that the relay refuses keeps no other family from being told', async () => {
  for (const record of ['a', 'b', 'c']) boxes.set(`opening/${record}`, { record, bytes: new Uint8Array() })
  relay = (record) => (record === 'a' ? fails('relay-refused')() : Promise.resolve())
  await expect(officerActions.tellFamilies()).rejects.toThrow('relay-refused')
  expect([...boxes.keys()].filter((name) => name.startsWith('opening/'))).toEqual(['opening/a'])
})

test('without a network every opening waits, and that is no failure', async () => {
  for (const record of ['a', 'b']) boxes.set(`opening/${record}`, { record, bytes: new Uint8Array() })
  relay = fails('offline')
  await expect(officerActions.tellFamilies()).resolves.toBe(2)
})

test('what tells the family is on the disk, and with a network at the relay, before anything is read', async () => {
  const told: string[] = []
  relay = (record) => {
    expect(asked).toEqual(['open'])
    told.push(record)
    return Promise.resolve()
  }
  answers = () => (asked.at(-1) === 'open' ? { entry: new Uint8Array([1]) } : { first: 'first', view: 'view', questions: [] })
  const opened = await officerActions.openTogether(officer, '246802', held, new Uint8Array(), {} as Parameters<typeof officerActions.openTogether>[4])
  expect([asked, told, opened.view]).toEqual([['open', 'read-opened'], ['r'], 'view'])
})

test('a program that falls while it reads has told the family all the same, or will', async () => {
  relay = fails('offline')
  answers = () => {
    if (asked.at(-1) === 'open') return { entry: new Uint8Array([1]) }
    throw new Failure('core-failed')
  }
  await expect(officerActions.openTogether(officer, '246802', held, new Uint8Array(), {} as Parameters<typeof officerActions.openTogether>[4])).rejects.toThrow('core-failed')
  expect([...boxes].filter(([name]) => name.startsWith('opening/')).map(([, box]) => box)).toEqual([{ record: 'r', bytes: new Uint8Array([1]) }])
})
