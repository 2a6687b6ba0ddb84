/** From the core's view of a fact to what a page shows of it. Pure. */
import type { FactView, FieldView, Said, Source, StatementId } from '../logic/model.ts'
import { BECAUSE } from '../logic/differences.ts'
import { HIDDEN_FIELDS } from './kinds.ts'
import { todayOf } from './text.ts'

/** Who said it, as the one component that shows sources wants it. */
export function sourceOf(said: Said): Source {
  const confirmed = said.confirmed_by[0]
  return {
    by: said.author.name,
    role: said.author.role,
    on: todayOf(confirmed ? confirmed[1] : said.at),
    standing: said.standing,
    ...(confirmed ? { confirmed_by: confirmed[0].name } : {}),
    ...(said.how.by === undefined ? {} : { told_by: said.how.by }),
    ...(said.how.document === undefined ? {} : { document: said.how.document }),
    ...(said.how.date === undefined ? {} : { known_on: said.how.date }),
  }
}

/** The sayings behind the values that stand, each statement once, newest first. */
export function sayings(fact: FactView): Said[] {
  const all = Object.values(fact.fields).flatMap((field) => field.values.flatMap((value) => value.said))
  const once = new Map(all.map((said) => [said.statement, said]))
  return [...once.values()].sort((a, b) => b.at - a.at)
}

/** The fields for which a statement stands. */
export function fieldsSaid(fact: FactView, statement: StatementId): string[] {
  const names = Object.keys(fact.fields).filter((name) => !HIDDEN_FIELDS.includes(name) && name !== BECAUSE)
  return names.filter((name) => fact.fields[name]?.values.some((value) => value.said.some((said) => said.statement === statement)))
}

export function isContradicted(field: FieldView): boolean {
  return field.values.length > 1
}

/** Text of a field for sorting and naming; contradicting values side by side. */
export function fieldValue(fact: FactView, field: string): string {
  const values = fact.fields[field]?.values ?? []
  return values.map(({ value }) => (Array.isArray(value) ? value.join('、') : String(value))).join(' ／ ')
}
