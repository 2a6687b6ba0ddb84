import { expect, test } from 'vitest'
import { untold, withLook, withoutTold, type Opened } from './opened.ts'

const MINUTE = 60_000

/** Looks at these minutes, one after the other. */
const looks = (minutes: number[], way: Opened['way'] = 'read', list: readonly Opened[] = []): readonly Opened[] =>
  minutes.reduce((all, minute) => withLook(all, way, minute * MINUTE), list)

test('a nurse who goes through the pages for ten minutes opened the record once', () => {
  expect(looks([0, 2, 5, 10])).toEqual([{ way: 'read', began: 0, ended: 10 * MINUTE }])
})

test('in the afternoon she opened it again, and handing it over is another thing', () => {
  const morning = looks([0, 3])
  const all = looks([300], 'read', looks([4], 'handed-over', morning))
  expect(all).toEqual([
    { way: 'read', began: 0, ended: 3 * MINUTE },
    { way: 'handed-over', began: 4 * MINUTE, ended: 4 * MINUTE },
    { way: 'read', began: 300 * MINUTE, ended: 300 * MINUTE },
  ])
})

test('from one page to the next nothing is written down again', () => {
  const list = looks([0])
  expect(withLook(list, 'read', 1000)).toBe(list)
})

test('a phone that no network reaches for months keeps the newest', () => {
  const all = looks(Array.from({ length: 300 }, (_, i) => i * 60))
  expect(all).toHaveLength(200)
  expect(all.at(-1)?.began).toBe(299 * 60 * MINUTE)
})

test('a clock that was set back begins another opening, and loses none', () => {
  expect(looks([100, 20])).toHaveLength(2)
})

test('what was told is not told again; what went on afterwards is told from there', () => {
  const told = looks([0, 200])
  const after = withoutTold(told, told)
  expect(untold(after)).toEqual([])
  const soon = withLook(after, 'read', 205 * MINUTE)
  expect(untold(soon)).toEqual([{ way: 'read', began: 200 * MINUTE, ended: 205 * MINUTE }])
  const meanwhile = withLook(told, 'read', 205 * MINUTE)
  expect(untold(withoutTold(meanwhile, told))).toEqual(untold(soon))
})

test('after a page was told, going on to the next one within a minute tells nothing more, and much later is another opening', () => {
  const after = withoutTold(looks([0]), looks([0]))
  expect(untold(withLook(after, 'read', 1000))).toEqual([])
  expect(withLook(after, 'read', 60 * MINUTE)).toEqual([{ way: 'read', began: 60 * MINUTE, ended: 60 * MINUTE }])
})
