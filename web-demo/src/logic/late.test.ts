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

const HIMAWARI = 'ひまわり訪問看護ステーション'
const naming = (fields: Record<string, string>): Statement => ({ ...statement('1@x', sets({ role: 'nurse', ...fields })), kind: 'member' })
const by = (author: string, name: string, chunk: string, ...statements: Statement[]): Quarantined => ({ ...words(chunk, ...statements), author, name })
const joined = (device: string, organisation = 'himawari', name = HIMAWARI): Deed => ({ ...deed('staff-join', 2, false), by: organisation, name, devices: [device] })
/** What the station was granted, and its end. */
const ENDED: Deed[] = [{ ...deed('grant', 1), devices: [] }, { ...deed('revoke', 3), devices: [], grant: 'grant1' }]
const SPO2 = statement('2@x', sets({ next_change: '11-23' }))
const chunks = (quarantine: Quarantined[], deeds: Deed[]) => askedAbout(quarantine, deeds).map(({ chunk }) => chunk)

test('who else is on a station’s staff is nothing that a family is asked about', () => {
  const quarantine = [by('sato', '', 'names', naming({ device: 'suzuki', name: '鈴木' })), by('suzuki', '', 'words', SPO2)]
  expect(chunks(quarantine, [joined('sato'), joined('suzuki'), ...ENDED])).toEqual(['words'])
  const left: Deed = { ...deed('staff-end', 3), devices: ['sato'] }
  expect(chunks(quarantine, [{ ...joined('sato'), in_force: true }, left])).toEqual(['words'])
})

test('a name that is said among other words is shown with them, as whoever answers for these says it too', () => {
  const mixed = by('sato', '', 'mixed', SPO2, naming({ device: 'x', name: '父' }))
  const [late] = lateOf(parts({ quarantine: [mixed], deeds: [joined('sato'), ...ENDED] }))
  expect(late?.says).toMatchObject([{ fact: { kind: 'tube' } }, { fact: { kind: 'member', fields: { name: { values: [{ value: '父' }] } } } }])
})

test('names that are answered for together with other words are shown, though they stand alone', () => {
  const quarantine = [by('sato', '', 'snapshot', naming({ device: 'x', name: '父' })), by('suzuki', '', 'snapshot', SPO2)]
  expect(chunks(quarantine, [joined('sato'), joined('suzuki'), ...ENDED])).toEqual(['snapshot', 'snapshot'])
})

test('whom a guardian who was removed named is asked about', () => {
  const quarantine = [by('father', '父', 'names', naming({ device: 'x', name: '祖母' }))]
  expect(chunks(quarantine, [{ ...deed('remove-device', 1), devices: ['father'] }])).toEqual(['names'])
  expect(chunks(quarantine, [])).toEqual(['names'])
})

test('somebody of whom the family never heard is called what a colleague at the same place said, as no more than that', () => {
  const quarantine = [by('sato', '', 'names', naming({ device: 'suzuki', name: '鈴木' })), by('suzuki', '', 'words', SPO2)]
  const called = (deeds: Deed[], more: Quarantined[] = quarantine) => lateOf(parts({ quarantine: more, deeds })).find(({ chunk }) => chunk === 'words')?.called
  expect(called([joined('sato'), joined('suzuki')])).toEqual({ name: '鈴木', by: HIMAWARI })
  expect(called([joined('sato', 'other', '別の事業所'), joined('suzuki')])).toBeNull()
  expect(called([joined('suzuki')])).toBeNull()
  const own = [by('suzuki', '', 'names', naming({ device: 'suzuki', name: '鈴木' })), by('suzuki', '', 'words', SPO2)]
  expect(called([joined('suzuki')], own)).toBeNull()
  // Whom a manager named is called that.
  const known = [by('sato', '', 'names', naming({ device: 'suzuki', name: '別の人' })), by('suzuki', '鈴木', 'words', SPO2)]
  expect(called([joined('sato'), joined('suzuki')], known)).toBeNull()
})

test('nobody is called by a name that somebody in the record has', () => {
  const member = { id: 'm', compartment: 'people', kind: 'member', fields: { name: { values: [{ value: '父', said: [] }] } }, presence: { state: 'present' } }
  const view = { facts: [member] } as unknown as View
  const named = (name: string) => {
    const quarantine = [by('sato', '', 'names', naming({ device: 'suzuki', name })), by('suzuki', '', 'words', SPO2)]
    const deeds = [{ ...deed('genesis', 0), devices: [] }, joined('sato'), joined('suzuki')]
    return lateOf(parts({ quarantine, deeds, view })).find(({ chunk }) => chunk === 'words')?.called?.name
  }
  expect(['父', ' 父\u200b', '母', HIMAWARI, '\u200b', '鈴木'].map(named)).toEqual([undefined, undefined, undefined, undefined, undefined, '鈴木'])
})

test('a place is only said to be shown nothing any more where something that was granted to a place has ended', () => {
  const end = (...deeds: Deed[]) => lateOf(parts({ quarantine: [by('suzuki', '', 'words', SPO2)], deeds }))[0]?.ended
  expect(end(joined('suzuki'), ...ENDED)).toMatchObject({ how: 'unheard', by: HIMAWARI })
  expect(end(joined('suzuki'))).toBeNull()
  expect(end(joined('suzuki'), { ...deed('grant', 1), devices: ['school'] }, { ...deed('revoke', 3), devices: ['school'], grant: 'grant1' })).toBeNull()
  expect(end({ ...joined('suzuki'), in_force: true }, ...ENDED)).toBeNull()
})
