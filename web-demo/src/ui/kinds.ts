/** The shapes of the registry of kinds. They mirror `core/src/kind`. */
import type { Compartment } from '../logic/model.ts'

export interface Choice {
  value: string
  label_ja: string
  label_en: string
}

export interface Form {
  type: 'text' | 'long-text' | 'decimal' | 'date' | 'partial-date' | 'date-time' | 'time' | 'choice' | 'list' | 'flag' | 'attachment' | 'phone'
  choices?: readonly Choice[]
}

export interface FieldSpec {
  name: string
  label_ja: string
  label_en: string
  form: Form
  unit: string | null
  required: boolean
  hint_ja: string | null
  hint_en: string | null
}

export interface Kind {
  name: string
  compartments: readonly Compartment[]
  only: boolean
  label_ja: string
  label_en: string
  fields: readonly FieldSpec[]
}

/** Fields nobody wants to read: they only sort or belong to another field. */
export const HIDDEN_FIELDS: readonly string[] = ['order', 'device', 'salt']

/** Kinds that have screens of their own: who is who is said by pairing, consents to officers where their list is seen. */
export const OWN_SCREENS: readonly string[] = ['member', 'break-glass']
