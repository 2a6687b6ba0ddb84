import { expect, test } from 'vitest'
import { askedAbout, countLate, lateOf, type LateParts } from './late.ts'
import type { Deed, Quarantined, Statement, View } from './model.ts'

const statement = (id: string, body: Statement['body'], said_at = 5): Statement => ({
  id,
  fact: 'tube',
  kind: 'tube',
  body,
  how: { way: 'observed' },
  said_at,
})
const sets = (fields: Record<string, string>) => ({ set: { fields, supersedes: {}, again: [] } })
const words = (chunk: string, ...statements: Statement[]): Quarantined => ({ compartment: 'care', chunk, author: 'tablet', name: '学校', statements })
const deed = (what: Deed['what'], at: number, in_force = true): Deed => ({
  id: `${what}${at}`,
  at,
  what,
  by: 'mother',
  name: '母',
  in_force,
  devices: ['tablet'],
  compartments: [],
})

const VIEW: View = {
  facts: [
    {
      id: 'tube',
      compartment: 'care',
      kind: 'tube',
      fields: { name: { values: [{ value: 'カニューレ', said: [] }] }, next_change: { values: [{ value: '11-22', said: [] }] } },
      presence: { state: 'present' },
    },
  ],
}
const parts = (more: Partial<LateParts>): LateParts => ({ quarantine: [], deeds: [], view: VIEW, left: [], manages: () => true, ...more })

test('a school’s late words are told with who, when, what it is about and what stands there now', () => {
  const [late] = lateOf(parts({ quarantine: [words('a', statement('1@x', sets({ next_change: '11-23' })))], deeds: [deed('revoke', 3)] }))
  expect(late).toMatchObject({ author: { device: 'tablet', name: '学校' }, at: 5, ended: { how: 'revoked', by: '母', at: 3 }, mine: true, left: false })
  const [said] = late?.says ?? []
  expect(said).toMatchObject({ does: 'say', fact: { id: 'tube', kind: 'tube' } })
  if (said?.does !== 'say') throw new Error('nothing said')
  expect(said.fact.fields['next_change']?.values[0]).toMatchObject({ value: '11-23', said: [{ standing: 'plain', author: { name: '学校' } }] })
  expect(Object.keys(said.now?.fields ?? {})).toEqual(['next_change'])
})

test('what was taken back or signed too late is told as that', () => {
  const quarantine = [words('a', statement('1@x', { retract: { reason: '抜けた', covers: [] } }), statement('2@x', { confirm: { target: '1@m' } }))]
  expect(lateOf(parts({ quarantine }))[0]?.says).toMatchObject([{ does: 'retract', reason: '抜けた', now: { id: 'tube' } }, { does: 'confirm' }])
})

test('the removal that is named is the first that holds, not one that came from somebody removed', () => {
  const deeds = [deed('remove-device', 1, false), deed('close', 2), deed('revoke', 3)]
  expect(lateOf(parts({ quarantine: [words('a', statement('1@x', sets({})))], deeds }))[0]?.ended).toEqual({ how: 'expired', by: '母', at: 2 })
})

test('without a removal nobody is blamed for one', () => {
  const other = { ...deed('revoke', 1), devices: ['another'] }
  expect(lateOf(parts({ quarantine: [words('a', statement('1@x', sets({})))], deeds: [other] }))[0]?.ended).toBeNull()
})

test('the newest comes first, and what was left as it is comes last', () => {
  const quarantine = [words('old', statement('1@x', sets({}), 1)), words('left', statement('2@x', sets({}), 9)), words('new', statement('3@x', sets({}), 3))]
  expect(lateOf(parts({ quarantine, left: ['left'] })).map((one) => one.chunk)).toEqual(['new', 'old', 'left'])
})

test('whoever manages is asked, others see that something waits, and what was left asks no more', () => {
  const late = [
    { chunk: 'a', mine: true },
    { chunk: 'b', mine: true },
    { chunk: 'c', mine: false },
  ]
  expect(countLate({ late }, [])).toEqual({ answer: 2, wait: 1 })
  expect(countLate({ late }, ['a', 'c'])).toEqual({ answer: 1, wait: 0 })
  expect(countLate({}, [])).toEqual({ answer: 0, wait: 0 })
  expect(countLate(undefined, [])).toEqual({ answer: 0, wait: 0 })
})

test('somebody of whom the family never heard is called what their colleague said, and nobody is asked about that', () => {
  const naming: Statement = { ...statement('1@x', sets({ device: 'suzuki', name: '鈴木', role: 'nurse' })), kind: 'member' }
  const quarantine: Quarantined[] = [
    { ...words('names', naming), author: 'sato', name: '佐藤' },
    { ...words('words', statement('2@x', sets({ next_change: '11-23' }))), author: 'suzuki', name: '' },
  ]
  expect(askedAbout(quarantine).map(({ chunk }) => chunk)).toEqual(['words'])
  const deeds: Deed[] = [{ ...deed('staff-join', 2, false), devices: ['suzuki'], name: 'ひまわり' }]
  expect(lateOf(parts({ quarantine, deeds }))).toMatchObject([{ author: { device: 'suzuki', name: '鈴木' }, ended: { how: 'unheard' } }])
  expect(lateOf(parts({ quarantine, deeds: [deed('staff-join', 2)] }))[0]?.ended).toBeNull()
})
