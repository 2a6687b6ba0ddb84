import { expect, test } from 'vitest'
import type { FactView, Value } from './model.ts'
import { papers, recalled } from './papers.ts'

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
