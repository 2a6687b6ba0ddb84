import { expect, test } from 'vitest'
import type { Edit } from './model.ts'
import { fact, MOTHER, NURSE, said, value, view } from './examples.ts'
import { checkEdits, checkSeen, checkTicket, seenOf, type EditTicket } from './ticket.ts'

const AOI: EditTicket = { child: '1', record: 'aa', name: 'あおい', fact: 'only:weight', openedAt: 0, seen: '' }
const edit = (fact: string): Edit => ({ do: 'set', compartment: 'emergency', fact, fields: { value: '9.1' }, how: { way: 'observed' } })

test('an edit lands in the child whose form is on the screen', () => {
  expect(() => checkTicket(AOI, { id: '1', record: 'aa' }, { name: 'edit', child: '1', fact: 'only:weight' })).not.toThrow()
})

test('an edit begun in one child never lands in the other, whatever Back and switching do', () => {
  const brother = { id: '2', record: 'bb' }
  expect(() => checkTicket(AOI, brother, { name: 'edit', child: '1', fact: 'only:weight' })).toThrow('wrong-child')
  expect(() => checkTicket(AOI, { id: '1', record: 'aa' }, { name: 'child', child: '2' })).toThrow('wrong-child')
  expect(() => checkTicket(AOI, { id: '1', record: 'bb' }, { name: 'child', child: '1' })).toThrow('wrong-child')
  expect(() => checkTicket(AOI, null, { name: 'home' })).toThrow('wrong-child')
})

test('a form for one fact changes no other', () => {
  expect(() => checkEdits(AOI, [edit('only:weight')])).not.toThrow()
  expect(() => checkEdits(AOI, [edit('only:weight'), edit('only:identity')])).toThrow('wrong-child')
  expect(() => checkEdits({ ...AOI, fact: null }, [edit('only:weight')])).toThrow('wrong-child')
})

test('what arrived while the form was open is not overwritten unseen', () => {
  const weight = () => fact('only:weight', 'weight', { value: '9.0' }, said(MOTHER, '1@a'))
  const ticket = { ...AOI, seen: seenOf(view(weight()), 'only:weight') }
  expect(() => checkSeen(ticket, view(weight()))).not.toThrow()

  const both = weight()
  both.fields['value']?.values.push(value('9.2', said(NURSE, '1@b')))
  expect(() => checkSeen(ticket, view(both))).toThrow('changed-meanwhile')
})

test('what arrives about other facts does not disturb a form', () => {
  const weight = fact('only:weight', 'weight', { value: '9.0' }, said(MOTHER, '1@a'))
  const other = fact('3@b', 'entry', { situation: '37.6' }, said(NURSE, '3@b'), 'log')
  const ticket = { ...AOI, seen: seenOf(view(weight), 'only:weight') }
  expect(() => checkSeen(ticket, view(weight, other))).not.toThrow()
})
