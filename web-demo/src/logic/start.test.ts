import { expect, test } from 'vitest'
import { isDate, problems, problemWith, START_FIELDS, START_STEPS, startEdits, type StartDraft } from './start.ts'

const TODAY = '2026-11-21'
const draft = (values: StartDraft['values']): StartDraft => ({ step: 0, values, savedAt: 0 })

test('a first screen takes at most twelve fields, each asked once', () => {
  expect(START_FIELDS.length).toBeLessThanOrEqual(12)
  expect(START_STEPS.flatMap((step) => step.fields)).toEqual([...START_FIELDS])
})

test('a parent may leave everything out but the two names', () => {
  expect(problems(draft({ name: 'あおい', guardian: '母' }), TODAY)).toEqual([])
  expect(problems(draft({}), TODAY).map((p) => p.field)).toEqual(['guardian', 'name'])
})

test('dates must exist and not lie ahead', () => {
  expect(problemWith('birth_date', '2022-09-03', TODAY)).toBeNull()
  expect(problemWith('birth_date', '2022-02-30', TODAY)).toBe('not-a-date')
  expect(problemWith('birth_date', '2026-11-22', TODAY)).toBe('in-the-future')
  expect(isDate('2024-02-29')).toBe(true)
  expect(isDate('2023-02-29')).toBe(false)
})

test('full-width digits from a Japanese keyboard are taken as they are meant', () => {
  expect(problemWith('weight', '９．０', TODAY)).toBeNull()
  const edits = startEdits(draft({ name: 'あおい', weight: '９．０' }), TODAY)
  expect(edits).toContainEqual(expect.objectContaining({ kind: 'weight', fields: { value: '9.0', unit: 'kg', measured_on: TODAY } }))
})

test('a weight keeps the decimals the parent wrote', () => {
  const [, weight] = startEdits(draft({ name: 'あおい', weight: '9.0' }), TODAY)
  expect(weight).toMatchObject({ fields: { value: '9.0' } })
  expect(problemWith('weight', '9kg', TODAY)).toBe('not-a-number')
})

test('several things in one field become several facts in their order', () => {
  const edits = startEdits(draft({ name: 'あおい', must_never: '呼吸器を外さない\n\n 脇を抱えない ' }), TODAY)
  expect(edits.slice(1)).toMatchObject([
    { kind: 'must-never', fields: { text: '呼吸器を外さない', order: '1' } },
    { kind: 'must-never', fields: { text: '脇を抱えない', order: '2' } },
  ])
})

test('a sign and what to do then belong together, and neither is lost without the other', () => {
  const edits = startEdits(draft({ name: 'あおい', sign: 'SpO2<90\n停止', act: '吸引\nバッグ\n119' }), TODAY)
  expect(edits.slice(1).map((e) => 'fields' in e && e.fields)).toEqual([
    { sign: 'SpO2<90', act: '吸引', order: '1' },
    { sign: '停止', act: 'バッグ', order: '2' },
    { act: '119', order: '3' },
  ])
})
