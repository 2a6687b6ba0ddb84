/** Small pieces of records for the tests of this folder. */
import type { Author, FactView, Fields, Said, ValueView, View } from './model.ts'

export const MOTHER: Author = { device: 'aa'.repeat(32), name: '母', role: 'guardian' }
export const NURSE: Author = { device: 'bb'.repeat(32), name: '山田', role: 'nurse' }

export function said(author: Author, statement: string, at = 0): Said {
  return { statement, author, at, how: { way: 'observed' }, standing: 'plain', confirmed_by: [] }
}

export function value(text: string, by: Said): ValueView {
  return { value: text, said: [by] }
}

/** A fact of the emergency compartment that one statement said. */
export function fact(id: string, kind: string, fields: Fields, by: Said, compartment: FactView['compartment'] = 'emergency'): FactView {
  const views: FactView['fields'] = {}
  for (const [name, v] of Object.entries(fields)) views[name] = { values: [{ value: v, said: [by] }] }
  return { id, compartment, kind, fields: views, presence: { state: 'present' } }
}

export function view(...facts: FactView[]): View {
  return { facts }
}
