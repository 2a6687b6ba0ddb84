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

/**
 * Everybody around a child whom the municipalities' own papers name, with the preset that they are to be found as. Where nobody
 * of them has anything to do with one child's record by nature (an association, a parents' group), the one that shows least.
 */
const ACTORS: Readonly<Record<string, string>> = {
  本人: 'child',
  母: 'co-guardian',
  父: 'co-guardian',
  きょうだい: 'sibling',
  祖父母: 'grandparent',
  近隣: 'neighbour',
  自治会: 'neighbour',
  自主防災: 'neighbour',
  民生委員: 'neighbour',
  主治医: 'attending-doctor',
  大学病院: 'hospital',
  小児科: 'local-doctor',
  内科: 'local-doctor',
  開業医: 'local-doctor',
  往診医: 'local-doctor',
  訪問診療: 'local-doctor',
  医師会: 'local-doctor',
  市立病院: 'hospital',
  こども病院: 'hospital',
  訪問看護: 'visiting-nurse',
  訪問リハ: 'therapist',
  訪問薬局: 'pharmacy',
  訪問歯科: 'dentist',
  医療機器メーカー: 'device-maker',
  保健所: 'public-health-nurse',
  保健師: 'public-health-nurse',
  母子保健: 'public-health-nurse',
  こども家庭センター: 'child-office',
  障害福祉課: 'welfare-office',
  こども福祉課: 'welfare-office',
  福祉総務課: 'welfare-office',
  健康づくり課: 'public-health-nurse',
  児童相談所: 'child-office',
  教育委員会: 'education-board',
  学務課: 'education-board',
  特別支援学校: 'school',
  養護学校: 'school',
  教育相談コーディネーター: 'education-coordinator',
  担任: 'teacher',
  学校看護師: 'school-nurse',
  SSW: 'school-social-worker',
  スクールソーシャルワーカー: 'school-social-worker',
  PTA: 'neighbour',
  保育園: 'nursery',
  相談支援専門員: 'consultant',
  計画相談: 'consultant',
  基幹相談支援センター: 'support-centre',
  地区担当: 'consultant',
  医療的ケア児等コーディネーター: 'coordinator',
  医療的ケア児等支援センター: 'support-centre',
  医療的ケア児支援センター: 'support-centre',
  児発: 'day-service',
  放デイ: 'day-service',
  居宅介護: 'home-helper',
  ヘルパー: 'home-helper',
  短期入所: 'short-stay',
  メディカルショート: 'short-stay',
  生活介護: 'short-stay',
  リハセンター: 'rehabilitation-centre',
  療育センター: 'rehabilitation-centre',
  重心施設: 'rehabilitation-centre',
  地域センター: 'rehabilitation-centre',
  日常生活用具: 'device-maker',
  補装具: 'device-maker',
  家族会: 'neighbour',
  交流会: 'neighbour',
  避難所職員: 'shelter',
  救急隊: 'rescue',
  '119': 'rescue',
}

test.each(Object.entries(ACTORS))('%s can be found by name, as %s', (actor, preset) => {
  expect(search(presets, actor).map(({ name }) => name)).toContain(preset)
})

test.each(['school', 'rehabilitation-centre', 'support-centre', 'nursing-station', 'hospital', 'day-service'])(
  'as a whole, with a tablet that its staff share, a %s can be let in too',
  (name) => {
    expect(table).toMatch(new RegExp(`preset\\("${name}",.*STAFF`, 'u'))
  },
)

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
