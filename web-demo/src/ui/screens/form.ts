/** What stands in an edit form, and what of it is said when it is saved. Pure. */
import type { FactView, Fields, Value } from '../../logic/model.ts'
import { isDate, toAscii } from '../../logic/start.ts'
import { BECAUSE } from '../../logic/differences.ts'
import { HIDDEN_FIELDS, type FieldSpec, type Kind } from '../kinds.ts'

/** As it stands in an input: lists one item a line. */
export type Typed = string | boolean

export type Misfit = 'required' | 'decimal' | 'date' | 'partial-date' | 'time' | 'phone'

/** The fields of a form in the registry's order, then those only a newer app knows. */
export function formOf(kind: Kind | undefined, fact: FactView | null): FieldSpec[] {
  const known = kind?.fields ?? []
  const foreign = Object.keys(fact?.fields ?? {}).filter((name) => !known.some((field) => field.name === name))
  return [...known, ...foreign.map(unknownField)].filter((field) => !HIDDEN_FIELDS.includes(field.name) && field.name !== BECAUSE && field.form.type !== 'attachment')
}

function unknownField(name: string): FieldSpec {
  return { name, label_ja: name, label_en: name, form: { type: 'text' }, unit: null, required: false, hint_ja: null, hint_en: null }
}

/** Disputed fields begin empty: whoever writes there decides, and nothing is chosen by accident. */
export function initial(fields: readonly FieldSpec[], fact: FactView | null): Record<string, Typed> {
  return Object.fromEntries(fields.map((field) => [field.name, toTyped(field, standingValue(fact, field.name))]))
}

function standingValue(fact: FactView | null, name: string): Value | undefined {
  const values = fact?.fields[name]?.values ?? []
  return values.length === 1 ? values[0]?.value : undefined
}

function toTyped(field: FieldSpec, value: Value | undefined): Typed {
  if (field.form.type === 'flag') return value === true
  if (value === undefined) return ''
  return Array.isArray(value) ? value.join('\n') : value
}

/** Only what the person changed is said; the rest keeps its author. */
export function changed(fields: readonly FieldSpec[], before: Record<string, Typed>, now: Record<string, Typed>): Fields {
  const differing = fields.filter((field) => now[field.name] !== before[field.name])
  return Object.fromEntries(differing.map((field) => [field.name, toValue(field, now[field.name] ?? '')]))
}

function toValue(field: FieldSpec, typed: Typed): Value {
  if (typeof typed === 'boolean') return typed
  const text = typed.trim()
  switch (field.form.type) {
    case 'list':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    case 'decimal':
    case 'date':
    case 'partial-date':
    case 'phone':
      return toAscii(text)
    default:
      return text
  }
}

/**
 * Nothing is left of a fact that said something: to be retracted with a reason, and not emptied without a word. While a field
 * is disputed, something is left, although the form shows it empty.
 */
export function emptied(fact: FactView | null, fields: readonly FieldSpec[], before: Record<string, Typed>, now: Record<string, Typed>): boolean {
  const filled = (typed: Typed | undefined) => (typeof typed === 'string' ? typed.trim() !== '' : typed === true)
  const says = (typed: Record<string, Typed>) => fields.some(({ name }) => filled(typed[name]))
  const disputed = fields.some(({ name }) => (fact?.fields[name]?.values.length ?? 0) > 1)
  return fact !== null && !disputed && says(before) && !says(now)
}

/** What keeps a field from being taken, or `null`. */
export function misfit(field: FieldSpec, typed: Typed): Misfit | null {
  if (typeof typed === 'boolean') return null
  const text = toAscii(typed.trim())
  if (text === '') return field.required ? 'required' : null
  switch (field.form.type) {
    case 'decimal':
      return /^-?(0|[1-9]\d*)(\.\d+)?$/u.test(text) ? null : 'decimal'
    case 'date':
      return isDate(text) ? null : 'date'
    case 'partial-date':
      return /^\d{4}(-(0[1-9]|1[0-2]))?$/u.test(text) || isDate(text) ? null : 'partial-date'
    case 'time':
      return /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/u.test(text) ? null : 'time'
    case 'phone':
      return /^[0-9+#*() -]*[0-9][0-9+#*() -]*$/u.test(text) ? null : 'phone'
    default:
      return null
  }
}
