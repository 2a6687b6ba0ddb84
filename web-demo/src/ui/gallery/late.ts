/** What a school wrote too late, made up: something new, a correction, a retraction. */
import type { Late } from '../../logic/late.ts'
import type { Author, FactView, Fields } from '../../logic/model.ts'

const AT = Date.parse('2026-11-20T14:20:00+09:00')
const SCHOOL: Author = { device: 'a1', name: 'つばさ特別支援学校', role: 'school' }
const ENDED = { how: 'revoked' as const, by: '母', at: Date.parse('2026-11-19T20:05:00+09:00') }

function fact(kind: string, fields: Fields, by = SCHOOL): FactView {
  const said = { statement: '1@a', author: by, at: AT, how: { way: 'observed' as const }, standing: 'plain' as const, confirmed_by: [] }
  const views = Object.entries(fields).map(([field, value]) => [field, { values: [{ value, said: [said] }] }])
  return { id: '1@a', compartment: 'log', kind, fields: Object.fromEntries(views) as FactView['fields'], presence: { state: 'present' } }
}

const late = (chunk: string, more: Partial<Late>): Late => ({
  chunk,
  compartment: 'log',
  author: SCHOOL,
  called: null,
  at: AT,
  says: [],
  ended: ENDED,
  mine: true,
  left: false,
  ...more,
})

const MOTHER: Author = { device: 'b2', name: '母', role: 'guardian' }

export const LATE: readonly Late[] = [
  late('new', { says: [{ does: 'say', fact: fact('entry', { chief_complaint: '給食のあと吐いた', situation: '教室、SpO2 95' }), now: null }] }),
  late('corrected', {
    compartment: 'care',
    says: [{ does: 'say', fact: fact('tube', { next_change: '2026-11-23' }), now: fact('tube', { next_change: '2026-11-22' }, MOTHER) }],
    ended: { ...ENDED, how: 'removed' },
  }),
  late('other', { mine: false, says: [{ does: 'retract', reason: '春から使っていない', now: null }, { does: 'confirm' }], ended: null }),
]
