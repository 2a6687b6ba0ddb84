/** What may be said, with labels and editors: a copy of the core's registry of kinds, loaded after the first screen. */
import { BECAUSE } from '../logic/differences.ts'
import type { Compartment, Value } from '../logic/model.ts'
import { OWN_SCREENS, type Choice, type FieldSpec, type Kind } from './kinds.ts'
import { getLocale, m } from './text.ts'

class Registry {
  #kinds = $state.raw<readonly Kind[]>([])

  get ready(): boolean {
    return this.#kinds.length > 0
  }

  async load(): Promise<void> {
    if (this.ready) return
    const { default: kinds } = await import('./kinds.json')
    this.#kinds = kinds as unknown as Kind[]
  }

  kind(name: string): Kind | undefined {
    return this.#kinds.find((kind) => kind.name === name)
  }

  field(kind: string, name: string): FieldSpec | undefined {
    return this.kind(kind)?.fields.find((field) => field.name === name)
  }

  /** Kinds of a compartment in the registry's order, but for those with screens of their own. */
  of(compartment: Compartment): readonly Kind[] {
    return this.#kinds.filter((kind) => kind.compartments.includes(compartment) && !OWN_SCREENS.includes(kind.name))
  }

  /** The position of a field in its form; unknown fields come last. */
  fieldRank(kind: string, field: string): number {
    const fields = this.kind(kind)?.fields ?? []
    const at = fields.findIndex((one) => one.name === field)
    return at < 0 ? fields.length : at
  }

  /** The position of a kind, so that lists follow the registry. Unknown kinds come last. */
  rank(kind: string): number {
    const at = this.#kinds.findIndex((one) => one.name === kind)
    return at < 0 ? this.#kinds.length : at
  }
}

export const registry = new Registry()

interface Labelled {
  label_ja: string
  label_en: string
}

const pick = (labelled: Labelled): string => (getLocale() === 'ja' ? labelled.label_ja : labelled.label_en)

/** A kind a newer app wrote has only its own name. */
export function kindText(kind: string): string {
  const known = registry.kind(kind)
  return known ? pick(known) : kind
}

export function fieldText(kind: string, field: string): string {
  if (field === BECAUSE) return m.history_because()
  const known = registry.field(kind, field)
  return known ? pick(known) : field
}

export function hintText(field: FieldSpec): string {
  return (getLocale() === 'ja' ? field.hint_ja : field.hint_en) ?? ''
}

export function choiceText(choice: Choice): string {
  return pick(choice)
}

/** A value as people read it, with its unit. */
export function valueText(kind: string, field: string, value: Value): string {
  const spec = registry.field(kind, field)
  if (typeof value === 'boolean') return value ? m.yes() : m.no()
  if (Array.isArray(value)) return value.join('、')
  const choice = spec?.form.choices?.find((one) => one.value === value)
  if (choice) return choiceText(choice)
  if (spec?.form.type === 'date-time') return value.replace('T', ' ').replace(/[+-]\d\d:\d\d$/u, '')
  return spec?.unit ? `${value} ${spec.unit}` : value
}
