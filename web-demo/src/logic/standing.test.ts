import { expect, test } from 'vitest'
import type { GrantLine, Reader } from './access.ts'
import { askAbout, asksTheChild, expiredDevices, firstSeenBy, manages, passesOn, rightsOf, seenBy, termOf, unnamedOf } from './standing.ts'
import type { Compartment, FactView } from './model.ts'

const TODAY = '2026-11-21'

function grant(more: Partial<GrantLine>): GrantLine {
  const by = { device: 'aa', name: '母' }
  return { grant: '01', rights: { emergency: 'read' }, unnamed: 0, until: null, expired: false, delegate: false, by, since: 0, organisation: null, founding: false, consent: null, ...more }
}

function reader(...grants: GrantLine[]): Reader {
  const devices = [{ device: 'd1', name: 'ひまわり', own: false }]
  return { holder: { kind: 'person', id: 'p1' }, name: 'ひまわり', role: 'day-service', organisation: '', own: false, devices, grants }
}

test('of two grants the stronger right counts, and one that expired adds nothing', () => {
  const both = reader(
    grant({ rights: { emergency: 'read', care: 'read' }, until: '2027-01-01' }),
    grant({ rights: { care: 'append' }, until: '2027-05-01' }),
    grant({ rights: { life: 'write' }, until: '2026-01-01', expired: true }),
  )
  expect(rightsOf(both)).toEqual([
    ['emergency', 'read'],
    ['care', 'append'],
  ])
  expect(termOf(both, TODAY)).toEqual({ kind: 'until', day: '2027-05-01' })
})

test.each([
  ['2026-12-21', 'ending'],
  ['2026-12-22', 'until'],
  ['2026-11-21', 'ending'],
  ['2026-11-20', 'expired'],
])('until %s is %s', (until, kind) => {
  const one = reader(grant({ until, expired: until < TODAY }))
  expect(termOf(one, TODAY).kind).toBe(kind)
  expect(askAbout([one], TODAY).length).toBe(kind === 'until' ? 0 : 1)
})

test('one grant without an end goes on, whatever the others say', () => {
  expect(termOf(reader(grant({ until: '2026-12-01' }), grant({})), TODAY)).toEqual({ kind: 'open' })
})

test('whoever expired is listed with what they saw, and their words are marked', () => {
  const over = reader(grant({ rights: { log: 'append' }, until: '2026-10-01', expired: true }))
  expect(rightsOf(over)).toEqual([['log', 'append']])
  expect(expiredDevices([over], TODAY)).toEqual(new Set(['d1']))
  expect(expiredDevices([reader(grant({ until: '2027-10-01' }))], TODAY).size).toBe(0)
})

test('what this device cannot name is counted, never said to be hidden', () => {
  expect(unnamedOf(reader(grant({ unnamed: 6 }), grant({ unnamed: 2 })))).toBe(6)
  expect(unnamedOf(reader())).toBe(0)
})

test('whoever may pass it on is said to, as long as that grant holds', () => {
  expect(passesOn({ grants: [grant({}), grant({ delegate: true })] })).toBe(true)
  expect(passesOn({ grants: [grant({}), grant({ delegate: true, expired: true })] })).toBe(false)
})

test('nobody is asked about oneself', () => {
  expect(askAbout([{ ...reader(grant({ until: '2026-11-22' })), own: true }], TODAY)).toEqual([])
})

const fact = (compartment: Compartment): FactView => ({ id: `1@${compartment}`, compartment, kind: 'x', fields: {}, presence: { state: 'present' } })

test('with the eyes of a day service nothing of the family is left', () => {
  const view = { facts: [fact('emergency'), fact('life'), fact('care'), fact('consents')] }
  const seen = seenBy(view, [['emergency', 'read'], ['care', 'read']])
  expect(seen.map(({ compartment }) => compartment)).toEqual(['emergency', 'care'])
})

test('somebody without daily care sees no medicines on the first screen', () => {
  const who = { name: [], reading: [], birth_date: [], sex: [], weight: [], record_date: TODAY }
  const first = { who, blocks: [{ kind: 'never' as const, lines: [] }, { kind: 'critical-medicine' as const, lines: [] }] }
  expect(firstSeenBy(first, [['emergency', 'read']]).blocks.map(({ kind }) => kind)).toEqual(['never'])
  expect(firstSeenBy(first, [['emergency', 'read'], ['care', 'read']]).blocks.length).toBe(2)
})

test('a child of eighteen is asked about once nobody decides as the child, and one of seventeen is not', () => {
  const child = { ...reader(grant({ rights: { emergency: 'manage' } })), role: 'child' as const }
  expect(asksTheChild('2008-11-21', TODAY, [], null)).toBe(true)
  expect(asksTheChild('2008-11-22', TODAY, [], null)).toBe(false)
  expect(asksTheChild('2008-11-21', TODAY, [child], null)).toBe(false)
  expect(asksTheChild('2008-11-21', TODAY, [{ ...child, grants: [grant({})] }], null)).toBe(true)
  expect(asksTheChild('2008', TODAY, [], null)).toBe(false)
  expect(manages(child)).toBe(true)
})

test('a family that says "not now" is asked again half a year later', () => {
  expect(asksTheChild('2000-01-01', '2026-11-21', [], '2026-11-21')).toBe(false)
  expect(asksTheChild('2000-01-01', '2027-05-19', [], '2026-11-21')).toBe(false)
  expect(asksTheChild('2000-01-01', '2027-05-20', [], '2026-11-21')).toBe(true)
})
