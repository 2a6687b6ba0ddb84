import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Right } from '../logic/model.ts'
import { hiddenBy } from '../logic/offers.ts'
import { admittedText, agreedTerms, consentFields, rightText, seesText, termText, type Agreement } from './access.ts'
import { getLocale, m } from './text.ts'

const AGREED: Agreement = {
  to: 'ひまわり',
  organisation: '放デイひまわり',
  rights: [
    ['emergency', 'read'],
    ['log', 'append'],
  ],
  until: '2027-11-21',
  by: '母',
  explainedBy: '',
  on: '2026-11-21',
}

test('an answer is said to be sent only where it was, also to whoever was let in before', () => {
  for (const already of [false, true]) {
    const said = (delivered: boolean, refused: boolean) => admittedText({ delivered, refused, already })
    expect(said(true, false)).toContain('送りました')
    expect(said(false, true)).toContain('サーバーが受け取らなかった')
    expect(said(false, false)).toContain('まだ電波がない')
    for (const text of [said(false, true), said(false, false)]) expect(text).not.toContain('送りました')
  }
})

test('a consent says who, what, what not, until when, who agreed and how to withdraw', () => {
  const fields = consentFields(AGREED)
  expect(fields).toMatchObject({ to: 'ひまわり（放デイひまわり）', until: '2027-11-21', given_by: '母', given_on: '2026-11-21', from: '2026-11-21' })
  expect(fields['scope']).toHaveLength(2)
  expect(fields['excluded']).toHaveLength(7)
  for (const name of ['purpose', 'custody', 'withdrawal']) expect(fields[name]).not.toBe('')
  expect(fields).not.toHaveProperty('explained_by')
  expect(fields).not.toHaveProperty('until_text')
})

test('without a last day the consent says that there is none, and the grant has none', () => {
  const terms = agreedTerms({ ...AGREED, until: null, explainedBy: '佐々木' })
  expect(terms).not.toHaveProperty('until')
  expect(terms.consent).toMatchObject({ explained_by: '佐々木', explained_on: '2026-11-21' })
  expect(terms.consent?.['until_text']).not.toBe('')
  expect(terms.consent).not.toHaveProperty('until')
})

test('an organisation agrees to the same terms, and the consent says besides who its staff are', () => {
  const person = consentFields(AGREED)
  const { custody, ...rest } = consentFields({ ...AGREED, staff: true })
  expect(person).toMatchObject(rest)
  expect(custody).not.toBe(person['custody'])
  expect(custody).toContain(person['custody'])
})

test('whoever sees everything is told of nothing hidden', () => {
  const all = ['emergency', 'care', 'evacuation', 'history', 'life', 'restricted', 'people', 'log', 'consents'] as const
  expect(consentFields({ ...AGREED, rights: all.map((one) => [one, 'manage']) })).not.toHaveProperty('excluded')
})

test('a time that is over is never said to go on', () => {
  expect(termText({ kind: 'expired', day: '2026-11-20' })).not.toBe(termText({ kind: 'until', day: '2026-11-20' }))
})

test('the command line words a consent as the app does', () => {
  const command = readFileSync(new URL('../../../core/src/bin/omamori/consent.rs', import.meta.url), 'utf8')
  const rights: readonly Right[] = ['read', 'append', 'write', 'confirm', 'manage']
  const staffed = m.station_consent_custody({ custody: '' })
  const words = [...hiddenBy([]).map(seesText), ...rights.map(rightText), staffed, m.people_consent_open(), m.people_consent_purpose_default()]
  expect(getLocale()).toBe('ja')
  for (const said of [...words, m.people_consent_custody_text(), m.people_consent_withdrawal_text()]) expect(command).toContain(`"${said}"`)
})
