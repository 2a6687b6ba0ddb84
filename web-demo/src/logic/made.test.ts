import { expect, test } from 'vitest'
import { fact, MOTHER, NURSE, said, value, view } from './examples.ts'
import { changedSince, outOfDate, standing, withMade, type Made } from './made.ts'

const mother = said(MOTHER, '1@a')
const allergy = () => fact('1@a', 'allergy', { substance: '卵' }, mother)
const made = (id: string, at: number, of: ReturnType<typeof view>, kind: Made['kind'] = 'card'): Made => ({
  id,
  kind,
  at,
  standing: standing(of),
})

test('a card is good while nothing it shows has changed', () => {
  expect(outOfDate([made('a', 1, view(allergy()))], standing(view(allergy())))).toEqual([])
})

test('when an emergency fact changes, every card and print made before is out of date, and none made after', () => {
  const before = view(allergy())
  const changed = allergy()
  changed.fields['substance'] = { values: [value('卵・牛乳', said(MOTHER, '9@a'))] }
  const after = view(changed)
  const all = [made('new', 3, after), made('print', 2, before, 'sheet'), made('card', 1, before)]
  expect(outOfDate(all, standing(after)).map((m) => m.id)).toEqual(['card', 'print'])
})

test('an added, a retracted and a contradicted fact each put a card out of date', () => {
  const card = made('a', 1, view(allergy()))
  const more = fact('2@a', 'must-never', { text: '外さない' }, mother)
  expect(changedSince(card, standing(view(allergy(), more)))).toEqual(['emergency 2@a'])

  const gone = allergy()
  gone.presence = { state: 'retracted', retractions: [{ reason: '治った', said: said(MOTHER, '9@a') }] }
  expect(changedSince(card, standing(view(gone)))).toEqual(['emergency 1@a'])

  const two = allergy()
  two.fields['substance']?.values.push(value('乳', said(NURSE, '1@b')))
  expect(changedSince(card, standing(view(two)))).toEqual(['emergency 1@a'])
})

test('a rescue medicine stands on the card, so its change counts; a diary entry does not', () => {
  const medicine = fact('7@a', 'medicine', { dose: '5' }, mother, 'care')
  const entry = fact('8@a', 'entry', { situation: '37.6℃' }, mother, 'log')
  const card = made('a', 1, view(allergy()))
  expect(changedSince(card, standing(view(allergy(), entry)))).toEqual([])
  expect(changedSince(card, standing(view(allergy(), medicine)))).toEqual(['care 7@a'])
})

test('letting a nurse in changes no card', () => {
  const card = made('a', 1, view(allergy()))
  const nurse = fact('9@a', 'member', { name: '山田', role: 'nurse' }, mother)
  expect(changedSince(card, standing(view(allergy(), nurse)))).toEqual([])
})

test('showing the same card twice is one card, the later one', () => {
  const first = made('a', 1, view(allergy()))
  const again = made('b', 2, view(allergy()))
  const print = made('c', 3, view(allergy()), 'sheet')
  expect(withMade([first, print], again).map((m) => m.id)).toEqual(['c', 'b'])
})

test('a card of the same facts made with new keys takes the place of no card of the old ones', () => {
  const before = { ...made('a', 1, view(allergy())), device: 'old' }
  const after = { ...made('b', 2, view(allergy())), device: 'new' }
  expect(withMade([before], after).map((m) => m.id)).toEqual(['a', 'b'])
})
