/** Cards and prints handed to somebody: listed like people, and recalled like keys. */
import type { FactId, FactView, LocalDate, View } from './model.ts'

/** A card or print that was handed to somebody. */
export interface Paper {
  fact: FactId
  to: string
  what: string
  madeOn: LocalDate
  /** Taken back that day; empty while it stands. */
  withdrawnOn: LocalDate
}

/** All that stand in the record, newest first; what was entered by mistake is gone. */
export function papers(view: View): Paper[] {
  const facts = view.facts.filter((fact) => fact.kind === 'paper-copy' && fact.presence.state === 'present')
  return facts.map(paper).sort((a, b) => (a.madeOn < b.madeOn ? 1 : a.madeOn > b.madeOn ? -1 : 0))
}

/** The facts of those that were recalled. */
export function recalled(view: View): FactId[] {
  return papers(view).flatMap((one) => (one.withdrawnOn === '' ? [] : [one.fact]))
}

function paper(fact: FactView): Paper {
  const text = (field: string): string => {
    const value = fact.fields[field]?.values[0]?.value
    return typeof value === 'string' ? value : ''
  }
  return { fact: fact.id, to: text('to'), what: text('what'), madeOn: text('made_on'), withdrawnOn: text('withdrawn_on') }
}
