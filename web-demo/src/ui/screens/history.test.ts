import { expect, test } from 'vitest'
import type { HistoryItem } from '../../app/actions.ts'
import { newestFirst } from './history.ts'

function said(statement: string, at: number, superseded_by: string[] = []): HistoryItem {
  const author = { device: '', name: '', role: 'guardian' }
  return { statement, author, counts: true, at, how: { way: 'observed' }, body: { say: { fields: {} } }, superseded_by } as unknown as HistoryItem
}

const order = (items: HistoryItem[]) => newestFirst(items).map(({ statement }) => statement)

test('a history is told newest first', () => {
  expect(order([said('first', 1, ['second']), said('second', 2, ['third']), said('third', 3), said('beside it', 2.5)])).toEqual([
    'third', 'beside it', 'second', 'first',
  ])
})

test('a correction stands above what it corrects, also where that was written by a phone whose clock runs ahead', () => {
  expect(order([said('by the fast phone', 20, ['corrected']), said('corrected', 10), said('long before', 1, ['by the fast phone'])])).toEqual([
    'corrected', 'by the fast phone', 'long before',
  ])
})

test('what two statements say of each other ends, in some order', () => {
  expect(order([said('one', 1, ['other']), said('other', 2, ['one'])])).toHaveLength(2)
})
