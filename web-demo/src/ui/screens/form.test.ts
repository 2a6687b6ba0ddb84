import { expect, test } from 'vitest'
import type { FactView } from '../../logic/model.ts'
import type { FieldSpec, Form } from '../kinds.ts'
import { changed, emptied, initial, misfit } from './form.ts'
import { fromLocal, toLocal } from './moment.ts'

const field = (name: string, type: Form['type'], required = false): FieldSpec => ({
  name,
  label_ja: name,
  label_en: name,
  form: { type },
  unit: null,
  required,
  hint_ja: null,
  hint_en: null,
})
const said = (...values: (string | boolean | string[])[]) => ({ values: values.map((value) => ({ value, said: [] })) })
const fact: FactView = {
  id: 'f',
  compartment: 'care',
  kind: 'medicine',
  presence: { state: 'present' },
  fields: { name: said('カルボシステイン'), dose: said('4.5', '4.8'), times: said(['07:00', '12:00']), cold: said(true) },
}
const fields = [field('name', 'text', true), field('dose', 'decimal'), field('times', 'list'), field('cold', 'flag')]

test('only what was changed is said, so that the rest keeps its author', () => {
  const before = initial(fields, fact)
  expect(changed(fields, before, { ...before, times: '07:00\n12:00\n\n21:00' })).toEqual({ times: ['07:00', '12:00', '21:00'] })
  expect(changed(fields, before, before)).toEqual({})
})

test('a fact of which nothing is left is recognised; one that people disagree about is not taken for empty', () => {
  const simple: FactView = { ...fact, fields: { name: said('カルボシステイン'), cold: said(true) } }
  const before = initial(fields, simple)
  const cleared = { name: ' ', dose: '', times: '', cold: false }
  expect(emptied(simple, fields, before, cleared)).toBe(true)
  expect(emptied(simple, fields, before, { ...cleared, cold: true })).toBe(false)
  expect(emptied(fact, fields, initial(fields, fact), cleared)).toBe(false)
  expect(emptied(null, fields, cleared, cleared)).toBe(false)
})

test('a disputed field begins empty: nobody settles it by accident', () => {
  expect(initial(fields, fact)['dose']).toBe('')
})

test('digits typed with a Japanese keyboard are numbers', () => {
  const dose = field('dose', 'decimal')
  expect(misfit(dose, '４．８')).toBeNull()
  expect(changed([dose], { dose: '' }, { dose: '４．８' })).toEqual({ dose: '4.8' })
  expect(misfit(dose, '4〜7')).toBe('decimal')
})

test('a date is as exact as it is known, and must exist', () => {
  for (const good of ['2026', '2026-11', '2026-11-18']) expect(misfit(field('since', 'partial-date'), good)).toBeNull()
  for (const bad of ['2026-13', '2026-02-30', '11月']) expect(misfit(field('since', 'partial-date'), bad)).toBe('partial-date')
  expect(misfit(field('on', 'date'), '2026-02-30')).toBe('date')
})

test('what is required may not be empty, everything else may', () => {
  expect(misfit(field('name', 'text', true), ' ')).toBe('required')
  expect(misfit(field('number', 'phone'), '')).toBeNull()
  expect(misfit(field('number', 'phone'), '母の携帯')).toBe('phone')
})

test('a moment keeps its minute on the way through an input', () => {
  expect(toLocal('2026-11-18T10:40+09:00')).toBe('2026-11-18T10:40')
  expect(fromLocal('2026-11-18T10:40')).toMatch(/^2026-11-18T10:40[+-]\d\d:\d\d$/u)
  expect(fromLocal('')).toBe('')
})
