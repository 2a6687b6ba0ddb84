/** Whom a parent can let in, and what each may then do. Few choices, each said in words before it is given. */
import type { Compartment, Rights, Role } from '../../logic/model.ts'
import { m } from '../text.ts'

export interface Invited {
  who: 'same-guardian' | 'nurse' | 'doctor' | 'school' | 'day-service'
  role: Role
  label: () => string
  may: () => string
  /** `null`: the same guardian's second phone, which may do everything. */
  rights: Rights | null
}

const CAREGIVER: Rights = [
  ['emergency', 'read'],
  ['care', 'read'],
  ['people', 'read'],
  ['log', 'append'],
]

const replacing = (rights: Rights, compartment: Compartment, right: Rights[number][1]): Rights =>
  rights.map(([name, had]) => [name, name === compartment ? right : had])

export const INVITED: readonly Invited[] = [
  { who: 'same-guardian', role: 'guardian', label: m.invite_same, may: m.invite_same_may, rights: null },
  {
    who: 'nurse',
    role: 'nurse',
    label: m.role_nurse,
    may: m.invite_nurse_may,
    rights: replacing(replacing(CAREGIVER, 'care', 'write'), 'log', 'write'),
  },
  {
    who: 'doctor',
    role: 'doctor',
    label: m.role_doctor,
    may: m.invite_doctor_may,
    rights: replacing(replacing(replacing(CAREGIVER, 'emergency', 'confirm'), 'care', 'confirm'), 'log', 'write'),
  },
  { who: 'school', role: 'school', label: m.role_school, may: m.invite_caregiver_may, rights: CAREGIVER },
  { who: 'day-service', role: 'day-service', label: m.role_day_service, may: m.invite_caregiver_may, rights: CAREGIVER },
]
