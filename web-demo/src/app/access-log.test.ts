import { expect, test } from 'vitest'
import type { AccessBook } from '../logic/accesses.ts'
import type { AccessPage, Fetched, LastRead } from '../logic/model.ts'
import { AccessLog } from './access-log.ts'

const DAY = 24 * 3600_000

/** A phone before a relay whose list is names of devices in order. The core's judgement is reduced to comparing them. */
class Phone {
  list: string[] = []
  asked: number[] = []
  book: AccessBook | undefined
  time = DAY
  pageSize = 500
  /** The relay has this phone's notice. */
  known = true
  readonly log = new AccessLog({
    kept: () => Promise.resolve(this.book),
    keep: (_, book) => Promise.resolve(void (this.book = book)),
    ask: (_, after) => {
      if (!this.known) return Promise.resolve(null)
      this.asked.push(after)
      const entries = this.list.map((name, i): [number, Uint8Array] => [i + 1, new TextEncoder().encode(name)]).filter(([n]) => n > after)
      return Promise.resolve({ more: entries.length > this.pageSize, entries: entries.slice(0, this.pageSize) })
    },
    judge: (_, last, entries) => Promise.resolve(judged(last, entries)),
    now: () => this.time,
  })
  get devices(): string[] {
    return (this.book?.list ?? []).map((one) => (one as Fetched).device)
  }
}

function judged(last: LastRead | null, entries: [number, Uint8Array][]): AccessPage {
  const read = entries.map(([number, bytes]): Fetched => {
    const device = new TextDecoder().decode(bytes)
    return { what: 'fetched', number, hash: `${number} ${device}`, device, began: number, ended: number, entries: 1, compartments: [] }
  })
  const same = last === null || read[0]?.hash === last.hash
  const fresh = last !== null && same ? read.slice(1) : read
  const newest = read.at(-1)
  const troubles: AccessPage['troubles'] = same ? [] : [{ what: read.length === 0 ? 'set-back' : 'altered', number: last.number }]
  return { accesses: fresh, troubles, last: newest ? { number: newest.number, hash: newest.hash, relay: 'r' } : last }
}

test('a list is read page by page, and later only from where it was left', async () => {
  const phone = new Phone()
  phone.pageSize = 2
  phone.list = ['mother', 'nurse', 'school', 'nurse', 'mother']
  await phone.log.read(1)
  expect(phone.devices).toEqual(phone.list)

  phone.asked = []
  phone.list.push('doctor')
  await phone.log.read(1)
  expect(phone.asked).toEqual([4])
  expect(phone.devices).toEqual(phone.list)
  expect(phone.book?.troubles).toEqual([])
})

test('a list that was changed after it was read is read whole again, once, and what it had said stays', async () => {
  const phone = new Phone()
  phone.list = ['mother', 'school', 'nurse']
  await phone.log.read(1)
  phone.list = ['mother', 'mother', 'mother']
  phone.asked = []
  await phone.log.read(1)
  expect(phone.asked).toEqual([2, 0])
  expect(phone.devices).toEqual(expect.arrayContaining(['school', 'nurse']))
  expect(phone.book?.troubles).toMatchObject([{ what: 'altered', number: 3 }])

  await phone.log.read(1)
  expect(phone.book?.troubles).toHaveLength(1)
})

test('a list that became shorter is said to be shorter, once', async () => {
  const phone = new Phone()
  phone.list = ['mother', 'school', 'nurse']
  await phone.log.read(1)
  phone.list = ['mother']
  await phone.log.read(1)
  await phone.log.read(1)
  expect(phone.book?.troubles).toMatchObject([{ what: 'set-back', number: 3 }])
  expect(phone.devices).toEqual(['mother', 'school', 'nurse'])
})

test('nobody has to open the page: the list is read once a day', async () => {
  const phone = new Phone()
  phone.list = ['mother']
  for (const hours of [0, 1, 23, 24, 25]) {
    phone.time = DAY + hours * 3600_000
    await phone.log.readWhenDue(1)
  }
  expect(phone.asked).toEqual([0, 0])
})

test('while this phone has something to send first, nothing is said of the list, and it is read on afterwards', async () => {
  const phone = new Phone()
  phone.list = ['mother', 'school']
  await phone.log.read(1)
  const before = phone.book
  phone.known = false
  expect(await phone.log.read(1)).toEqual(before)
  expect(phone.book).toEqual(before)
  phone.known = true
  phone.list.push('nurse')
  await phone.log.read(1)
  expect(phone.devices).toEqual(['mother', 'school', 'nurse'])
  expect(phone.book?.troubles).toEqual([])
})
