import { expect, test } from 'vitest'
import type { Reader } from './access.ts'
import { formerOf } from './former.ts'
import type { Deed, FactView, View } from './model.ts'

const deed = (what: Deed['what'], devices: string[], at: number, more: Partial<Deed> = {}): Deed => ({
  id: `${what} ${String(at)}`, at, what, by: 'm1', name: '母', in_force: true, devices, compartments: [], ...more,
})
const member = (device: string, name: string, role: string, organisation = ''): FactView => {
  const said = (value: string) => ({ values: [{ value, said: [] }] })
  return { id: `fact ${device}`, compartment: 'people', kind: 'member', fields: { device: said(device), name: said(name), role: said(role), organisation: said(organisation) }, presence: { state: 'present' } }
}
const view = (...facts: FactView[]): View => ({ facts })
const mother: Reader = {
  holder: { kind: 'person', id: 'm1' }, name: '母', role: 'guardian', organisation: '', own: true,
  devices: [{ device: 'm1', name: '母', own: true }, { device: 'm2', name: '母', own: false }], grants: [],
}
const BEGUN = deed('genesis', ['m1'], 1)

test('a nurse whose time was ended is listed with the day, and whoever is here is not', () => {
  const deeds = [BEGUN, deed('add-device', ['m2'], 2), deed('grant', ['n1'], 3), deed('revoke', ['n1'], 9)]
  expect(formerOf(deeds, [mother], view(member('n1', '佐々木', 'nurse')))).toEqual([{ device: 'n1', name: '佐々木', role: 'nurse', organisation: '', until: 9, lastDay: null }])
})

test('of whoever was closed after their last day, that day is said, not the day somebody closed it', () => {
  const given = deed('grant', ['n1'], 3, { until: '2026-03-31' })
  const deeds = [BEGUN, given, deed('close', ['n1'], 9, { grant: given.id })]
  expect(formerOf(deeds, [mother], view())[0]).toMatchObject({ until: 9, lastDay: '2026-03-31' })
})

test('a removal that did not count makes nobody a former one, and a grant that did not count nobody at all', () => {
  const father: Reader = { ...mother, holder: { kind: 'person', id: 'f1' }, own: false, devices: [{ device: 'f1', name: '父', own: false }] }
  const deeds = [BEGUN, deed('grant', ['f1'], 2), deed('remove-device', ['f1'], 3, { in_force: false }), deed('grant', ['x1'], 4, { in_force: false })]
  expect(formerOf(deeds, [mother, father], view())).toEqual([])
})

test('whoever lost one phone and kept another is still here; who lost the last is listed once', () => {
  const deeds = [BEGUN, deed('add-device', ['m2'], 2), deed('remove-device', ['m1'], 3)]
  const without = { ...mother, devices: mother.devices.slice(1) }
  expect(formerOf(deeds, [without], view())).toEqual([])
  expect(formerOf([...deeds, deed('remove-device', ['m2'], 4)], [], view()).map(({ device }) => device)).toEqual(['m1'])
})

test('whoever forgot the number and reads with new keys is still here; a namesake of another organisation, who went, is not', () => {
  const sato: Reader = {
    holder: { kind: 'person', id: 's2' }, name: '佐藤', role: 'other', organisation: 'ひだまり', own: false,
    devices: [{ device: 's2', name: '佐藤', own: false }], grants: [],
  }
  const deeds = [BEGUN, ...['s1', 's2', 'k1'].map((device, i) => deed('staff-join', [device], 2 + i)), deed('staff-end', ['s1'], 8), deed('staff-end', ['k1'], 9)]
  const known = view(member('s1', '佐藤', 'other', 'ひだまり'), member('s2', '佐藤', 'other', 'ひだまり'), member('k1', '佐藤', 'other', 'こだま'))
  expect(formerOf(deeds, [mother, sato], known).map(({ device }) => device)).toEqual(['k1'])
  expect(formerOf([...deeds, deed('staff-end', ['s2'], 10)], [mother], known).map(({ device }) => device)).toEqual(['s2', 'k1', 's1'])
})
