/** The words of the start, step by step and field by field. */
import type { StartField, StartProblem } from '../../logic/start.ts'
import { m } from '../text.ts'

export function stepText(step: string): { title: string; why: string } {
  switch (step) {
    case 'never':
      return { title: m.start_never(), why: m.start_never_why() }
    case 'now':
      return { title: m.start_now(), why: m.start_now_why() }
    case 'body':
      return { title: m.start_body(), why: m.start_body_why() }
    case 'phone':
      return { title: m.start_phone(), why: m.start_phone_why() }
    default:
      return { title: m.start_who(), why: m.start_who_why() }
  }
}

const FIELDS: Record<StartField, () => { label: string; hint: string }> = {
  guardian: () => ({ label: m.field_guardian(), hint: m.field_guardian_hint() }),
  name: () => ({ label: m.field_name(), hint: m.field_name_hint() }),
  birth_date: () => ({ label: m.field_birth_date(), hint: '' }),
  weight: () => ({ label: m.field_weight(), hint: m.field_weight_hint() }),
  must_never: () => ({ label: m.block_never(), hint: m.field_must_never_hint() }),
  sign: () => ({ label: m.field_sign(), hint: m.field_sign_hint() }),
  act: () => ({ label: m.field_act(), hint: m.field_act_hint() }),
  airway: () => ({ label: m.field_airway(), hint: m.field_airway_hint() }),
  allergy: () => ({ label: m.block_avoid(), hint: m.field_allergy_hint() }),
  diagnosis: () => ({ label: m.block_diagnosis(), hint: m.field_diagnosis_hint() }),
  phone_name: () => ({ label: m.field_phone_name(), hint: m.field_phone_name_hint() }),
  phone_number: () => ({ label: m.field_phone_number(), hint: '' }),
}

export const fieldText = (field: StartField): { label: string; hint: string } => FIELDS[field]()

export function problemText(problem: StartProblem): string {
  switch (problem) {
    case 'empty':
      return m.problem_empty()
    case 'not-a-date':
      return m.problem_date()
    case 'in-the-future':
      return m.problem_future()
    case 'not-a-number':
      return m.problem_number()
  }
}
