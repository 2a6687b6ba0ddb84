import { expect, test } from 'vitest'
import type { FactView, Value } from './model.ts'
import { madeFor, papers, recalled, recalledWith, unnamed } from './papers.ts'

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

const paper = (to: string, what: string, generation: number, withdrawnOn = '') => ({ fact: to, to, what, madeOn: '', generation, by: 'mother', withdrawnOn })
const made = (id: string, kind: 'card' | 'sheet', at: number, generation?: number) => ({ id, kind, at, standing: {}, ...(generation !== undefined && { generation }) })

test('what was made and not written down for anybody is listed too, newest first', () => {
  const all = [made('printed', 'sheet', 1, 57), made('given', 'card', 2, 57), made('shown', 'card', 3, 58), made('by an older app', 'card', 4)]
  const ids = unnamed(all, [paper('祖母', 'card', 57)], 'mother').map(({ id }) => id)
  expect(ids).toEqual(['by an older app', 'shown', 'printed'])
  // What another phone made of the same generation is another card.
  expect(unnamed(all, [{ ...paper('祖母', 'card', 57), by: 'father' }], 'mother')).toHaveLength(4)
})

test('what was recalled takes with it whatever this phone had made before', () => {
  const all = [paper('祖母', 'card', 57, '2026-11-02'), paper('', 'sheet', 60, '2026-11-05'), paper('学校', 'card', 70)]
  const days = [50, 57, 58, 60, 61, 0].map((generation) => recalledWith(all, generation, 'mother'))
  expect(days).toEqual(['2026-11-02', '2026-11-02', '2026-11-05', '2026-11-05', '', ''])
  expect(recalledWith(all, 50, 'father')).toBe('')
})
