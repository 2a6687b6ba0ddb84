import type { Edit, Fields, How, LocalDate, UnixMillis } from './model.ts'

/**
 * The twelve fields from which a first screen, a card and a sheet come about. Everything else can wait. Fields that hold
 * several things hold one a line.
 */
export const START_FIELDS = [
  'guardian',
  'name',
  'birth_date',
  'weight',
  'must_never',
  'sign',
  'act',
  'airway',
  'allergy',
  'diagnosis',
  'phone_name',
  'phone_number',
] as const

export type StartField = (typeof START_FIELDS)[number]

/** The pages of the start, in order; a parent may stop after any field and come back. */
export const START_STEPS: readonly { step: string; fields: readonly StartField[] }[] = [
  { step: 'who', fields: ['guardian', 'name', 'birth_date', 'weight'] },
  { step: 'never', fields: ['must_never'] },
  { step: 'now', fields: ['sign', 'act'] },
  { step: 'body', fields: ['airway', 'allergy', 'diagnosis'] },
  { step: 'phone', fields: ['phone_name', 'phone_number'] },
]

/** What was typed so far. Kept after every pause, so that it survives being interrupted. */
export interface StartDraft {
  step: number
  values: Partial<Record<StartField, string>>
  savedAt: UnixMillis
}

export type StartProblem = 'empty' | 'not-a-date' | 'in-the-future' | 'not-a-number'

/** What keeps a field from being taken. Only the child's and the guardian's names must be there. */
export function problemWith(field: StartField, text: string, today: LocalDate): StartProblem | null {
  const value = text.trim()
  if (value === '') return field === 'name' || field === 'guardian' ? 'empty' : null
  if (field === 'birth_date') return dateProblem(value, today)
  if (field === 'weight') return /^\d{1,3}([.,]\d{1,2})?$/.test(toAscii(value)) ? null : 'not-a-number'
  return null
}

/** Problems of all fields of a step, or of the whole draft. */
export function problems(
  draft: StartDraft,
  today: LocalDate,
  fields: readonly StartField[] = START_FIELDS,
): { field: StartField; problem: StartProblem }[] {
  return fields.flatMap((field) => {
    const problem = problemWith(field, draft.values[field] ?? '', today)
    return problem === null ? [] : [{ field, problem }]
  })
}

/** What the draft says, as edits of the emergency compartment; the guardian's own name goes to the record's beginning. */
export function startEdits(draft: StartDraft, today: LocalDate): Edit[] {
  const text = (field: StartField) => (draft.values[field] ?? '').trim()
  const lines = (field: StartField) => text(field).split('\n').map((l) => l.trim()).filter((l) => l !== '')
  const edits: Edit[] = [add('identity', present({ name: text('name'), birth_date: toAscii(text('birth_date')) }))]
  if (text('weight') !== '') {
    edits.push(add('weight', { value: toAscii(text('weight')).replace(',', '.'), unit: 'kg', measured_on: today }))
  }
  edits.push(...ordered('must-never', lines('must_never'), 'text'))
  edits.push(...actNow(lines('sign'), lines('act')))
  edits.push(...ordered('airway', lines('airway'), 'text'))
  edits.push(...ordered('allergy', lines('allergy'), 'substance'))
  edits.push(...ordered('diagnosis', lines('diagnosis'), 'name'))
  if (text('phone_number') !== '' || text('phone_name') !== '') {
    edits.push(add('phone', present({ name: text('phone_name'), number: toAscii(text('phone_number')), order: '1' })))
  }
  return edits
}

const OBSERVED: How = { way: 'observed' }

function add(kind: string, fields: Fields): Edit {
  return { do: 'add', compartment: 'emergency', kind, fields, how: OBSERVED }
}

function ordered(kind: string, lines: string[], field: string): Edit[] {
  return lines.map((line, i) => add(kind, { [field]: line, order: String(i + 1) }))
}

/** Signs and acts are typed side by side, one pair a line; an act without a sign still counts. */
function actNow(signs: string[], acts: string[]): Edit[] {
  const rows = Array.from({ length: Math.max(signs.length, acts.length) }, (_, i) => [signs[i] ?? '', acts[i] ?? ''] as const)
  return rows.map(([sign, act], i) => add('act-now', present({ sign, act, order: String(i + 1) })))
}

function present(fields: Record<string, string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

/** Digits and points typed with a Japanese keyboard, as ASCII. */
export function toAscii(text: string): string {
  return text.replace(/[０-９．，－ー]/g, (c) => (c === 'ー' ? '-' : String.fromCharCode(c.charCodeAt(0) - 0xfee0)))
}

function dateProblem(value: string, today: LocalDate): StartProblem | null {
  const ascii = toAscii(value)
  if (!isDate(ascii)) return 'not-a-date'
  return ascii > today ? 'in-the-future' : null
}

/** A day that exists, written `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
