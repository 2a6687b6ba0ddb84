import { describe, expect, test } from 'vitest'
import type { Block, Line, Source } from '../logic/model.ts'
import { answers, blockSource, disagrees, firstCall, needsArrow } from './lines.ts'

const mother: Source = { by: '母', role: 'guardian', on: '2026-11-18', standing: 'plain' }
const nurse: Source = { by: '佐々木', role: 'nurse', on: '2026-11-19', standing: 'plain' }
const line = (text: string, source = mother, more: Partial<Line> = {}): Line => ({ says: [{ text, source }], ...more })

test('two values, or a retraction somebody did not see, is a disagreement', () => {
  expect(disagrees(line('4.0'))).toBe(false)
  expect(disagrees({ says: [...line('4.0').says, ...line('4.5', nurse).says] })).toBe(true)
  expect(disagrees(line('かぶれ', mother, { retracted: [{ text: 'もう出ない', source: nurse }] }))).toBe(true)
})

test('a block names its one source, or else everybody who speaks in it and the newest day', () => {
  expect(blockSource([line('a'), line('b')]).shared).toEqual(mother)
  const mixed = blockSource([line('a'), line('b', nurse), line('c')])
  expect(mixed.shared).toBeNull()
  expect(mixed.by).toEqual([mother, nurse])
  expect(mixed.newest).toBe('2026-11-19')
})

test('a signed line and a plain one by the same author are not of one source', () => {
  expect(blockSource([line('a'), line('b', { ...mother, standing: 'confirmed', confirmed_by: '森医師' })]).shared).toBeNull()
})

test('an act that begins with an arrow gets no second one', () => {
  expect(needsArrow('吸引→バッグ')).toBe(true)
  expect(needsArrow('→吸引')).toBe(false)
})

describe('whom to call first', () => {
  const day = line('000-0000-0104', mother, { head: '主治医', first_at: 'day' })
  const night = line('000-0000-0105', mother, { head: '救急', first_at: 'night' })
  const clinic = line('000-0000-0106', mother, { head: '往診', hours: 'weekdays 8-18' })
  const card = line('A-1234567', mother, { head: '救急', label: 'card-number' })
  const blocks = (...lines: Line[]): Block[] => [{ kind: 'phone', lines }]

  test('at night the number for the night, with its card number; the others stand below', () => {
    const call = firstCall(blocks(day, night, clinic, card), { hour: 23, weekend: false })
    expect(call.first).toEqual([night, card])
    expect(call.others).toEqual([day, clinic])
  })

  test('by day the number for the day', () => {
    expect(firstCall(blocks(night, day), { hour: 10, weekend: false }).first).toEqual([day])
  })

  test('who is closed comes after who never said when they answer', () => {
    const silent = line('000-0000-0101', mother, { head: '母' })
    expect(firstCall(blocks(clinic, silent), { hour: 10, weekend: true }).first).toEqual([silent])
  })

  test('hours that nobody can parse do not hide a number', () => {
    expect(answers('ほぼいつでも', { hour: 3, weekend: true })).toBe(true)
    expect(answers('weekdays 8-18', { hour: 18, weekend: false })).toBe(false)
  })
})
