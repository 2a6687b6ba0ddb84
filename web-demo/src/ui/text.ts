/** The words the interface itself speaks, and how it writes dates, ages and sources. What people wrote is never translated. */
import { getLocale } from '../generated/messages/runtime.js'
import { m } from '../generated/messages/messages.js'
import type { BlockKind, Compartment, Label, Role, Source, Standing } from '../logic/model.ts'
import type { MadeKind } from '../logic/made.ts'

export { m, getLocale }

const ROLES: Record<Role, () => string> = {
  guardian: m.role_guardian,
  doctor: m.role_doctor,
  nurse: m.role_nurse,
  school: m.role_school,
  'day-service': m.role_day_service,
  coordinator: m.role_coordinator,
  municipality: m.role_municipality,
  shelter: m.role_shelter,
  pharmacy: m.role_pharmacy,
  child: m.role_child,
  other: m.role_other,
}

const BLOCKS: Record<BlockKind, () => string> = {
  never: m.block_never,
  now: m.block_now,
  airway: m.block_airway,
  baseline: m.block_baseline,
  avoid: m.block_avoid,
  diagnosis: m.block_diagnosis,
  wish: m.block_wish,
  phone: m.block_phone,
  'critical-medicine': m.block_critical_medicine,
  medicine: m.block_medicine,
  rest: m.block_rest,
}

const LABELS: Record<Label, () => string> = {
  spo2: m.label_spo2,
  pulse: m.label_pulse,
  respiration: m.label_respiration,
  temperature: m.label_temperature,
  etco2: m.label_etco2,
  consciousness: m.label_consciousness,
  other: m.label_other,
  spare: m.label_spare,
  allergy: m.label_allergy,
  'card-number': m.label_card_number,
  height: m.label_height,
  'blood-type': m.label_blood_type,
}

const COMPARTMENTS: Record<Compartment, () => string> = {
  emergency: m.compartment_emergency,
  care: m.compartment_care,
  evacuation: m.compartment_evacuation,
  history: m.compartment_history,
  life: m.compartment_life,
  restricted: m.compartment_restricted,
  people: m.compartment_people,
  log: m.compartment_log,
  consents: m.compartment_consents,
}

/** As a family page lists them; the shared sheet has a page of its own. */
export const COMPARTMENT_ORDER: readonly Compartment[] = ['emergency', 'care', 'evacuation', 'people', 'history', 'life', 'restricted', 'consents']

const MADE: Record<MadeKind, () => string> = { card: m.made_card, sheet: m.made_sheet, wallet: m.made_wallet }

export const madeText = (kind: MadeKind): string => MADE[kind]()
export const compartmentText = (compartment: Compartment): string => COMPARTMENTS[compartment]()
export const labelText = (label: Label): string => LABELS[label]()
/** Roles only a newer app knows read as "other". */
export const roleText = (role: string): string => (role in ROLES ? ROLES[role as Role]() : m.role_other())
export const blockText = (kind: BlockKind): string => BLOCKS[kind]()

/** '母', or the role when nobody named the key. */
export function authorText(source: { by: string; role: Role }): string {
  if (source.by !== '') return source.by
  return source.role === 'other' ? m.author_unknown() : roleText(source.role)
}

/** Age at `today`; both are local `YYYY-MM-DD`. Empty when the birth date cannot be read or lies ahead. */
export function ageText(birth: string, today: string): string {
  const [from, to] = [dayNumbers(birth), dayNumbers(today)]
  if (from === null || to === null) return ''
  const months = (to[0] - from[0]) * 12 + (to[1] - from[1]) - (to[2] < from[2] ? 1 : 0)
  if (months < 0) return ''
  return months < 12 ? m.age_months({ months }) : m.age_years_months({ years: Math.floor(months / 12), months: months % 12 })
}

function dayNumbers(date: string): [number, number, number] | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(date)
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])]
}

/** Local date of a moment, `YYYY-MM-DD`. */
export const todayOf = (now: number): string => momentText(now).slice(0, 10)

/** "24h", "weekdays 8-18" as a sign would say it; other wordings as they are. */
export function hoursText(hours: string): string {
  const weekdays = /^weekdays\s+(.+)$/u.exec(hours)
  if (weekdays?.[1] !== undefined) return m.hours_weekdays({ hours: weekdays[1] })
  return hours === '24h' ? m.hours_always() : hours
}

/** Local date and minute of a moment in Unix milliseconds. */
export function momentText(at: number): string {
  const date = new Date(at)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Of something that is over within a day or two: without the year, and never broken across lines. */
export const dayAndTime = (at: number): string => momentText(at).slice(5).replace('-', '/').replace(' ', '\u00a0')

/** One short line for small type. A transcription names its document and never its issuer alone. */
export function sourceText(source: Source): string {
  const by = authorText(source)
  if (source.standing === 'confirmed') {
    return m.source_confirmed({ by: source.confirmed_by ?? m.author_unknown(), on: source.on })
  }
  if (source.standing === 'transcribed') {
    const document = source.document ?? m.source_some_document()
    return source.known_on === undefined ? m.source_transcribed_undated({ document, by }) : m.source_transcribed({ document, date: source.known_on, by })
  }
  if (source.told_by !== undefined) return m.source_told({ told: source.told_by, by, on: source.on })
  return m.source_plain({ by, on: source.on })
}

/** The whole of it, in sentences, for whoever taps. */
export function sourceSentences(source: Source): string[] {
  const sentences: string[] = [m.source_full_entered({ by: authorText(source), role: roleText(source.role), on: source.on })]
  if (source.document !== undefined) {
    sentences.push(m.source_full_document({ document: source.document, date: source.known_on ?? m.date_unknown() }))
  } else if (source.known_on !== undefined) sentences.push(m.source_full_known_on({ date: source.known_on }))
  if (source.told_by !== undefined) sentences.push(m.source_full_told({ told: source.told_by }))
  sentences.push(standingSentence(source.standing, source.confirmed_by))
  return sentences
}

function standingSentence(standing: Standing, confirmedBy: string | undefined): string {
  switch (standing) {
    case 'confirmed':
      return m.standing_full_confirmed({ by: confirmedBy ?? m.author_unknown() })
    case 'transcribed':
      return m.standing_full_transcribed()
    case 'plain':
      return m.standing_full_plain()
  }
}

/** "ふだんの薬 4件": what did not fit, and how much of it. */
export function leftOutText(left: { block: BlockKind; what: 'lines' | 'doses' | 'sources'; count: number }): string {
  const block = blockText(left.block)
  if (left.what === 'sources') return m.left_out_sources()
  return left.what === 'doses' ? m.left_out_doses({ block, count: left.count }) : m.left_out_lines({ block, count: left.count })
}
