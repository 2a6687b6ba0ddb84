/** Who can see what, in the words of a family. */
import type { Admitted } from '../app/actions.ts'
import type { GrantTerms, Preset, Reader } from '../logic/access.ts'
import type { Compartment, Fields, LocalDate, Right, Rights } from '../logic/model.ts'
import { hiddenBy, type OfferGroup } from '../logic/offers.ts'
import type { Term } from '../logic/standing.ts'
import { getLocale, m } from './text.ts'

const SEES: Record<Compartment, () => string> = {
  emergency: m.people_sees_emergency,
  care: m.people_sees_care,
  evacuation: m.people_sees_evacuation,
  history: m.people_sees_history,
  life: m.people_sees_life,
  restricted: m.people_sees_restricted,
  people: m.people_sees_people,
  log: m.people_sees_log,
  consents: m.people_sees_consents,
}

const RIGHTS: Record<Right, () => string> = {
  read: m.people_right_read,
  append: m.people_right_append,
  write: m.people_right_write,
  confirm: m.people_right_confirm,
  manage: m.people_right_manage,
}

const GROUPS: Record<OfferGroup, () => string> = {
  family: m.people_group_family,
  medical: m.people_group_medical,
  daily: m.people_group_daily,
  school: m.people_group_school,
  office: m.people_group_office,
  disaster: m.people_group_disaster,
}

/** Whether the answer has left this phone, and what stands without it. */
export function admittedText({ delivered, refused, already }: Admitted): string {
  if (delivered) return already ? m.people_done_already_sent() : m.people_done_text()
  if (refused) return already ? m.people_done_already_not_taken() : m.people_done_not_taken()
  return already ? m.people_done_already_waiting() : m.people_done_waiting()
}

export const seesText = (compartment: Compartment): string => SEES[compartment]()
export const rightText = (right: Right): string => RIGHTS[right]()
export const groupText = (group: OfferGroup): string => GROUPS[group]()
export const presetText = (preset: Preset): string => (getLocale() === 'ja' ? preset.ja : preset.en)
export const readerText = (reader: Pick<Reader, 'name'>): string => (reader.name === '' ? m.people_unnamed() : reader.name)

export function termText(term: Term): string {
  switch (term.kind) {
    case 'open':
      return m.people_term_open()
    case 'until':
      return m.people_term_until({ day: term.day })
    case 'ending':
      return m.people_term_ending({ day: term.day })
    case 'expired':
      return m.people_term_expired({ day: term.day })
  }
}

/** What a parent agrees to. */
export interface Agreement {
  to: string
  organisation: string
  /** Given to an organisation, which says who its staff are. */
  staff?: boolean
  rights: Rights
  until: LocalDate | null
  by: string
  explainedBy: string
  on: LocalDate
}

/** The terms with the consent as it stood on the parent's screen, word for word. */
export function agreedTerms(agreement: Agreement): GrantTerms {
  const { until } = agreement
  return { ...(until === null ? {} : { until }), consent: consentFields(agreement) }
}

export function consentFields({ to, organisation, staff = false, rights, until, by, explainedBy, on }: Agreement): Fields {
  const hidden = hiddenBy(rights).map(seesText)
  return {
    to: organisation === '' ? to : `${to}（${organisation}）`,
    scope: rights.map(([compartment, right]) => `${seesText(compartment)}: ${rightText(right)}`),
    ...(hidden.length === 0 ? {} : { excluded: hidden }),
    purpose: m.people_consent_purpose_default(),
    from: on,
    ...(until === null ? { until_text: m.people_consent_open() } : { until }),
    ...(by === '' ? {} : { given_by: by }),
    given_on: on,
    ...(explainedBy === '' ? {} : { explained_by: explainedBy, explained_on: on }),
    custody: staff ? m.station_consent_custody({ custody: m.people_consent_custody_text() }) : m.people_consent_custody_text(),
    withdrawal: m.people_consent_withdrawal_text(),
  }
}
