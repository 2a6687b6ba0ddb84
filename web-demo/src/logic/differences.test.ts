import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { fact, MOTHER, NURSE, said, value, view } from './examples.ts'

const mother = said(MOTHER, '1@a')
const nurse = said(NURSE, '1@b')

test('people who agree leave nothing to settle', () => {
  expect(differences(view(fact('only:weight', 'weight', { value: '9.0' }, mother)))).toEqual([])
})

test('two values of one field are both listed, each with its author', () => {
  const tube = fact('3@a', 'tube', { next_change: '11-22' }, mother, 'care')
  tube.fields['next_change'] = { values: [value('11-22', mother), value('11-23', nurse)] }
  const [found, ...others] = differences(view(tube))
  expect(others).toEqual([])
  expect(found).toMatchObject({ what: 'field', field: 'next_change', fact: '3@a', compartment: 'care' })
  expect(found?.what === 'field' && found.values.map((v) => v.said[0]?.author.name)).toEqual(['母', '山田'])
})

test('a fact that one retracts while another speaks of it is a difference too', () => {
  const avoid = fact('5@a', 'avoid', { text: '駆血帯' }, mother)
  avoid.presence = { state: 'contested', retractions: [{ reason: '今は使える', said: nurse }] }
  expect(differences(view(avoid))).toMatchObject([{ what: 'presence', fact: '5@a' }])
})

test('what is retracted by all is history, not a difference', () => {
  const gone = fact('5@a', 'avoid', { text: '駆血帯' }, mother)
  gone.fields['text'] = { values: [value('x', mother), value('y', nurse)] }
  gone.presence = { state: 'retracted', retractions: [{ reason: '', said: nurse }] }
  expect(differences(view(gone))).toEqual([])
})

test('what a stranger reads first is settled first', () => {
  const care = fact('1@a', 'tube', {}, mother, 'care')
  care.fields['size'] = { values: [value('4.0', mother), value('3.5', nurse)] }
  const emergency = fact('2@a', 'airway', {}, mother)
  emergency.fields['text'] = { values: [value('4.0', mother), value('3.5', nurse)] }
  expect(differences(view(care, emergency)).map((d) => d.compartment)).toEqual(['emergency', 'care'])
})
