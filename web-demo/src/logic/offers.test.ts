import { expect, test } from 'vitest'
import type { Preset } from './access.ts'
import { daysAfter, hiddenBy, MOST_ASKED, NOT_OFFERED, OFFER_GROUPS, proposedUntil, search, without } from './offers.ts'
import { readFileSync } from 'node:fs'

/** The core's own table, so that a preset added there cannot be forgotten here. */
const table = readFileSync(new URL('../../../core/src/ledger/roles.rs', import.meta.url), 'utf8')
const names = [...table.matchAll(/^\s+preset\("([a-z-]+)",\s+"([^"]+)",\s+"([^"]+)"/gmu)].map(([, name = '', ja = '', en = '']) => ({ name, ja, en }))
const presets: Preset[] = names.map(({ name, ja, en }) => ({ name, ja, en, role: 'other', to_organisation: false, days: null, rights: [] }))

test('everybody in the table of roles can be found in one group, or is not offered on purpose', () => {
  const grouped = Object.values(OFFER_GROUPS).flat()
  expect(new Set([...grouped, ...NOT_OFFERED])).toEqual(new Set(names.map(({ name }) => name)))
  expect(grouped.length + NOT_OFFERED.length).toBe(names.length)
  expect(MOST_ASKED.every((name) => grouped.includes(name))).toBe(true)
})

test.each([
  ['デイ', 'day-service'],
  ['でい', 'day-service'],
  ['放デイ', 'day-service'],
  ['訪看', 'visiting-nurse'],
  ['ばあちゃん', 'grandparent'],
  ['ｐｔ', 'therapist'],
  ['Ambulance', 'rescue'],
  ['薬', 'pharmacy'],
])('a parent who writes %s finds %s', (text, name) => {
  expect(search(presets, text).map((preset) => preset.name)).toContain(name)
})

test('nothing written finds nothing, and nobody finds the founder', () => {
  expect(search(presets, '  ')).toEqual([])
  expect(search(presets, '保護者').map((preset) => preset.name)).not.toContain('guardian')
})

test('what is taken out is said to be hidden', () => {
  const rights = without([['emergency', 'read'], ['life', 'read']], new Set(['life'] as const))
  expect(rights).toEqual([['emergency', 'read']])
  expect(hiddenBy(rights)).toEqual(['care', 'evacuation', 'history', 'life', 'restricted', 'people', 'log', 'consents'])
})

test('a year from a leap day is a day of the calendar', () => {
  expect(proposedUntil(365, '2028-02-29')).toBe('2029-02-28')
  expect(daysAfter('2026-12-31', 1)).toBe('2027-01-01')
  expect(proposedUntil(null, '2026-11-21')).toBeNull()
})
