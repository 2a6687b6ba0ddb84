import { expect, test } from 'vitest'
import { askAfter, byDay, EMPTY_BOOK, mustReadAgain, withPage } from './accesses.ts'
import type { AccessPage, Compartment, Fetched } from './model.ts'

const fetched = (number: number, device: string, began: number, compartments: Compartment[] = ['care'], hash = `hash${number}`): Fetched => ({
  number,
  hash,
  device,
  began,
  ended: began + 10,
  entries: 1,
  compartments,
})
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
  expect(after.list.map((one) => one.device)).toEqual(['nurse', 'school', 'nobody'])
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
  const list = [fetched(1, 'nurse', 100), fetched(2, 'mother', 120), fetched(3, 'nurse', 150, ['log']), fetched(4, 'nurse', 1100)]
  const days = byDay(list, (at) => (at < 1000 ? '2026-11-20' : '2026-11-21'))
  expect(days.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-20'])
  expect(days[1]?.people).toEqual([
    { device: 'nurse', from: 100, to: 160, times: 2, compartments: ['care', 'log'] },
    { device: 'mother', from: 120, to: 130, times: 1, compartments: ['care'] },
  ])
})
