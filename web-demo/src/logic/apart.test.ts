import { expect, test } from 'vitest'
import { apartOf, countApart, namesOf } from './apart.ts'
import type { Integrity, View } from './model.ts'

const WHOLE: Integrity = { intact: true, missing: [], waiting: [], set_aside: [], forks: [], equivocations: [], unattested: 0 }

test('of a whole record there is nothing to tell', () => {
  expect(apartOf(WHOLE, [])).toEqual([])
})

test('what one person wrote is told once, with how much it is and why', () => {
  const missing = (author: string, counter: number) => ({ author, compartment: 'c', counter, chunk: `${author}${counter}` })
  const set_aside = [
    { hash: 'a', author: 'nurse', code: 'no-right' },
    { hash: 'b', author: 'nurse', code: 'unknown-author' },
    { hash: 'c', author: null, code: 'something-new' },
  ]
  const apart = apartOf({ ...WHOLE, missing: [missing('nurse', 2), missing('father', 1), missing('nurse', 3)], set_aside, unattested: 4 }, [])
  expect(apart).toEqual([
    { what: 'missing', who: 'nurse', count: 2 },
    { what: 'missing', who: 'father', count: 1 },
    { what: 'set-aside', who: 'nurse', why: 'no-right', count: 2 },
    { what: 'set-aside', who: null, why: 'unsound', count: 1 },
    { what: 'unattested', count: 4 },
  ])
  expect(countApart(apart)).toBe(10)
})

test('what failed its trial is told once, whether the core still knows of it or only the vault', () => {
  const one = { hash: 'a', author: 'nurse', code: 'failed-trial' }
  const told = [{ what: 'set-aside', who: 'nurse', why: 'failed-trial', count: 1 }]
  expect(apartOf({ ...WHOLE, set_aside: [one] }, [one])).toEqual(told)
  expect(apartOf(WHOLE, [one])).toEqual(told)
})

test('a device is called by the name a manager gave it', () => {
  const said = (value: string) => ({ values: [{ value, said: [] }] })
  const view: View = {
    facts: [{ id: '1@a', compartment: 'care', kind: 'member', fields: { device: said('abc'), name: said('佐々木') }, presence: { state: 'present' } }],
  }
  expect(namesOf(view).get('abc')).toBe('佐々木')
  expect(namesOf(null).size).toBe(0)
})
