import { expect, test } from 'vitest'
import { asBook, askAfter, byDay, EMPTY_BOOK, mustReadAgain, toldLater, withPage } from './accesses.ts'
import type { AccessPage, AskedCard, Compartment, Fetched, Noted, ToldOpening } from './model.ts'

const fetched = (number: number, device: string, began: number, compartments: Compartment[] = ['care'], hash = `hash${number}`): Fetched => ({
  what: 'fetched',
  number,
  hash,
  device,
  began,
  ended: began + 10,
  entries: 1,
  compartments,
})
const told = (number: number, device: string, began: number, heard = began + 20): ToldOpening => ({
  what: 'told', number, hash: `hash${number}`, device, began, ended: began + 10, way: 'read', heard,
})
const asked = (number: number, began: number, generation: number): AskedCard => ({
  what: 'asked', number, hash: `card${number}`, began, ended: began, generation, times: 1,
})
const books = (records: Noted[], cards: Noted[] = []) => ({ records: { ...EMPTY_BOOK, list: records }, cards: { ...EMPTY_BOOK, list: cards } })
const dayOf = (at: number): string => (at < 1000 ? '2026-11-20' : '2026-11-21')
const page = (accesses: Fetched[], troubles: AccessPage['troubles'] = []): AccessPage => {
  const newest = accesses.at(-1)
  return { accesses, troubles, last: newest === undefined ? null : { number: newest.number, hash: newest.hash, relay: 'relay' } }
}

test('a list is read on from its last access, which comes again', () => {
  expect(askAfter(null)).toBe(0)
  const book = withPage(EMPTY_BOOK, page([fetched(1, 'nurse', 100), fetched(2, 'mother', 200)]), 1000)
  expect(askAfter(book.last)).toBe(1)
  expect(book.readAt).toBe(1000)
})

test('what was read stays although the relay tells it otherwise now, and the change is noted with when it was noticed', () => {
  const before = withPage(EMPTY_BOOK, page([fetched(1, 'nurse', 100), fetched(2, 'school', 200)]), 1000)
  const changed = page([fetched(2, 'nobody', 200, ['care'], 'other')], [{ what: 'altered', number: 2 }])
  const after = withPage(before, changed, 2000)
  expect(after.list.map((one) => (one as Fetched).device)).toEqual(['nurse', 'school', 'nobody'])
  expect(after.troubles).toEqual([{ what: 'altered', number: 2, at: 2000 }])
  expect(mustReadAgain(changed)).toBe(true)
})

test('reading the same list twice adds nothing', () => {
  const first = page([fetched(1, 'nurse', 100)])
  expect(withPage(withPage(EMPTY_BOOK, first, 1), first, 2).list).toHaveLength(1)
  expect(mustReadAgain(first)).toBe(false)
})

test('what cannot be verified is noted once, however often the list is read', () => {
  const bad = page([fetched(1, 'nurse', 100)], [{ what: 'unreadable', number: 2 }])
  const again = page([], [{ what: 'unreadable', number: 2 }, { what: 'unreadable', number: 3 }])
  expect(withPage(withPage(EMPTY_BOOK, bad, 1), again, 2).troubles).toEqual([
    { what: 'unreadable', number: 2, at: 1 },
    { what: 'unreadable', number: 3, at: 2 },
  ])
})

test('one person on one day is one line, newest day first', () => {
  const days = byDay(books([fetched(1, 'nurse', 100), fetched(2, 'mother', 120), fetched(3, 'nurse', 150, ['log']), fetched(4, 'nurse', 1100)]), dayOf)
  expect(days.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-20'])
  expect(days[1]?.people).toEqual([
    { device: 'nurse', received: { from: 100, to: 160, times: 2, compartments: ['care', 'log'] }, opened: [] },
    { device: 'mother', received: { from: 120, to: 130, times: 1, compartments: ['care'] }, opened: [] },
  ])
})

test('what a nurse opened stands beside what she received, on the day on which she opened it, told in parts or twice', () => {
  const hour = 3600_000
  const list = [
    fetched(1, 'nurse', 100),
    told(2, 'nurse', 2 * hour, 9 * hour),
    told(3, 'nurse', 200),
    told(4, 'nurse', 210),
    told(5, 'nurse', 2 * hour, 11 * hour),
  ]
  const [day] = byDay(books(list), () => '2026-11-20')
  expect(day?.people).toEqual([
    {
      device: 'nurse',
      received: { from: 100, to: 110, times: 1, compartments: ['care'] },
      opened: [
        { way: 'read', from: 200, to: 220, heard: 220 },
        { way: 'read', from: 2 * hour, to: 2 * hour + 10, heard: 9 * hour },
      ],
    },
  ])
  expect(day?.people[0]?.opened.map(toldLater)).toEqual([false, true])
})

test('a card that somebody asked about is no person, and each generation is a line of its own', () => {
  const [day] = byDay(books([fetched(1, 'nurse', 100)], [asked(1, 150, 57), asked(2, 160, 57), asked(3, 170, 60)]), dayOf)
  expect(day?.people.map(({ device }) => device)).toEqual(['nurse'])
  expect(day?.cards).toEqual([{ generation: 57, at: [150, 160] }, { generation: 60, at: [170] }])
})

test('a book that an older version kept is read as what it was', () => {
  const old = Object.fromEntries(Object.entries(fetched(1, 'nurse', 100)).filter(([name]) => name !== 'what')) as unknown as Noted
  expect(asBook({ ...EMPTY_BOOK, list: [old] }).list).toEqual([fetched(1, 'nurse', 100)])
})
