import { expect, test } from 'vitest'
import type { FactView, Value } from './model.ts'
import { handedOut, madeFor, papers, recalled, type HandedOut } from './papers.ts'

const fact = (id: string, fields: Record<string, Value>, state: 'present' | 'retracted' = 'present'): FactView => ({
  id,
  compartment: 'consents',
  kind: 'paper-copy',
  fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { values: [{ value, said: [] }] }])),
  presence: state === 'present' ? { state } : { state, retractions: [] },
})

test('papers are listed newest first, recalled ones with their day, mistakes not at all', () => {
  const view = {
    facts: [
      fact('1@a', { to: '祖母', what: 'sheet', made_on: '2026-10-01' }),
      fact('2@a', { to: '学校', what: 'card', made_on: '2026-11-01', withdrawn_on: '2026-11-20' }),
      fact('3@a', { to: 'まちがい', made_on: '2026-11-02' }, 'retracted'),
    ],
  }
  expect(papers(view).map(({ to, withdrawnOn }) => [to, withdrawnOn])).toEqual([
    ['学校', '2026-11-20'],
    ['祖母', ''],
  ])
  expect(recalled(view)).toEqual(['2@a'])
})

test('an opened card is said to be for whom this phone made one of its generation, and for nobody when that is not known', () => {
  const made = (to: string, generation: number, by: string) => ({ fact: to, to, what: 'card', madeOn: '', generation, by, withdrawnOn: '' })
  const all = [made('学校', 57, 'mother'), made('祖母', 57, 'mother'), made('デイ', 60, 'mother'), made('塾', 57, 'father'), made('古い紙', 0, 'mother')]
  const names = (generation: number) => madeFor(all, generation, 'mother').map(({ to }) => to)
  expect([names(57), names(60), names(61), names(0)]).toEqual([['学校', '祖母'], ['デイ'], [], []])
})

/** A paper whose maker's keys are `by`. */
function noted(to: string, what: string, generation: number, by: string, withdrawnOn = ''): FactView {
  const author = { device: by, name: '母', role: 'guardian' as const }
  const said = { statement: '1@a', author, at: 0, how: { way: 'observed' as const }, standing: 'plain' as const, confirmed_by: [] }
  const fields = { to, what, generation: String(generation), ...(withdrawnOn !== '' && { withdrawn_on: withdrawnOn }) }
  const values = Object.entries(fields).map(([field, value]) => [field, { values: [{ value, said: [said] }] }])
  return { ...fact(to, {}), fields: Object.fromEntries(values) as FactView['fields'] }
}
const made = (id: string, kind: 'card' | 'sheet', at: number, generation?: number, device = 'mother') => ({
  id,
  kind,
  at,
  standing: {},
  ...(generation !== undefined && { generation, device }),
})
const PRESENT = { device: 'mother', devices: new Set(['mother', 'father']) }
const out = (facts: FactView[], ...all: ReturnType<typeof made>[]) => handedOut({ facts }, all, PRESENT)
/** What this phone made and nobody wrote down. */
const unnamed = (list: HandedOut[]) => list.flatMap((one) => ('id' in one.of ? [{ ...one, id: one.of.id }] : []))

test('what was made and not written down for anybody is listed too, newest first', () => {
  const all = [made('printed', 'sheet', 1, 57), made('given', 'card', 2, 57), made('shown', 'card', 3, 58), made('by an older app', 'card', 4)]
  const ids = (facts: FactView[]) => unnamed(out(facts, ...all)).map(({ id }) => id)
  expect(ids([noted('祖母', 'card', 57, 'mother')])).toEqual(['by an older app', 'shown', 'printed'])
  // What another phone made of the same generation is another card.
  expect(ids([noted('祖母', 'card', 57, 'father')])).toHaveLength(4)
})

test('a code that was only shown is no paper; one that was written down for somebody, and a print, are', () => {
  const list = out([noted('祖母', 'card', 57, 'mother'), noted('', 'card', 50, 'father', '2026-11-02')], made('a', 'card', 1, 58), made('b', 'sheet', 2, 58))
  expect(list.map(({ to, what, shown }) => [to, what, shown])).toEqual([
    ['祖母', 'card', false],
    ['', 'card', true],
    ['', 'sheet', false],
    ['', 'card', true],
  ])
})

test('what was recalled takes with it whatever the same keys had made before', () => {
  const facts = [noted('祖母', 'card', 57, 'mother', '2026-11-02'), noted('', 'sheet', 60, 'mother', '2026-11-05'), noted('学校', 'card', 70, 'mother')]
  const days = (device: string) =>
    unnamed(out(facts, ...[50, 57, 58, 60, 61, 0].map((generation, at) => made(`${generation}`, 'card', -at, generation, device)))).map(({ recalledOn }) => recalledOn)
  // Of the generation that was recalled, the card itself is listed by its name.
  expect(days('mother')).toEqual(['2026-11-02', '2026-11-05', '2026-11-05', '', ''])
  expect(days('another')).toEqual(['', '', '', '', '', ''])
})

test('a paper of keys that are gone is marked alone: nobody tells of it, nor of what these keys made before', () => {
  const marked = noted('学校', 'card', 57, 'before', '2026-11-02')
  const [sheet] = unnamed(out([marked], made('then', 'sheet', 1, 50, 'before')))
  expect([sheet?.recalledOn, sheet?.teller]).toEqual(['', 'nobody'])
})

test('a co-guardian let in again with new keys can have told of what these made, and not of what the old ones did', () => {
  const old = [noted('学校', 'card', 57, 'before'), noted('祖母', 'card', 57, 'mother'), noted('デイ', 'sheet', 57, 'father')]
  const list = out(old, made('then', 'sheet', 1, 57, 'before'), made('now', 'sheet', 2, 57), made('by an older app', 'sheet', 3))
  expect(list.map(({ to, of, teller }) => [to === '' && 'id' in of ? of.id : to, teller])).toEqual([
    ['学校', 'nobody'],
    ['祖母', 'this-phone'],
    ['デイ', 'its-phone'],
    ['by an older app', 'unnumbered'],
    ['now', 'this-phone'],
    ['then', 'nobody'],
  ])
})

test('a card noted with the old keys is not listed a second time as one that nobody wrote down', () => {
  expect(unnamed(out([noted('学校', 'sheet', 57, 'before')], made('then', 'sheet', 1, 57, 'before')))).toEqual([])
})

/** Made before an app noted whose keys signed it. */
const byOlderApp = (id: string, kind: 'card' | 'sheet', generation: number) => ({ id, kind, at: 1, standing: {}, generation })

test('what an older app made on this phone is recalled by this phone, and listed once where its name was written down', () => {
  const list = handedOut({ facts: [noted('学校', 'card', 57, 'mother')] }, [byOlderApp('card', 'card', 57), byOlderApp('sheet', 'sheet', 58)], PRESENT)
  expect(list.map(({ to, what, teller }) => [to, what, teller])).toEqual([
    ['学校', 'card', 'this-phone'],
    ['', 'sheet', 'this-phone'],
  ])
})

test('no recall is promised of what an older app made, where this phone was let in anew or is a shared tablet', () => {
  const sheet = byOlderApp('sheet', 'sheet', 57)
  const tellers = (...all: Parameters<typeof handedOut>[1]) => unnamed(handedOut({ facts: [] }, all, PRESENT)).map(({ id, teller }) => [id, teller])
  expect(tellers(sheet, made('then', 'card', 2, 57, 'before'))).toContainEqual(['sheet', 'nobody'])
  expect(tellers({ ...sheet, by: { person: 'p', name: '佐藤' } })).toEqual([['sheet', 'nobody']])
})

test('nobody is said to have left for a paper of which an older app did not keep which card it was', () => {
  const list = out([noted('学校', 'card', 0, 'mother'), noted('祖母', 'card', 0, 'mother', '2026-11-02')])
  expect(list.map(({ teller, recalledOn }) => [teller, recalledOn])).toEqual([
    ['unnumbered', ''],
    ['unnumbered', '2026-11-02'],
  ])
})

test('a card that was written down for somebody is recalled with a later one of the same keys too', () => {
  const facts = [
    noted('学校', 'card', 57, 'mother'),
    noted('祖母', 'card', 60, 'mother', '2026-11-02'),
    noted('デイ', 'card', 61, 'mother'),
    noted('塾', 'card', 57, 'father'),
    noted('前の学校', 'card', 57, 'before'),
    noted('前の塾', 'card', 58, 'before', '2026-11-01'),
  ]
  expect(out(facts).map(({ to, recalledOn, withOthers }) => [to, recalledOn, withOthers])).toEqual([
    ['学校', '2026-11-02', true],
    ['祖母', '2026-11-02', false],
    ['デイ', '', false],
    ['塾', '', false],
    ['前の学校', '', false],
    ['前の塾', '2026-11-01', false],
  ])
})
