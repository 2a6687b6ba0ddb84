/** Cards and prints handed to somebody: listed like people, and recalled like keys. */
import type { Made, MadeKind } from './made.ts'
import type { FactId, FactView, Hex, LocalDate, View } from './model.ts'

/** A card or print that was handed to somebody. */
export interface Paper {
  fact: FactId
  to: string
  what: string
  madeOn: LocalDate
  /** Of the card on it, as it was made on the device of `by`; 0: not known. */
  generation: number
  by: Hex
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
  const generation = Number.parseInt(text('generation'), 10) || 0
  const by = fact.fields['generation']?.values[0]?.said[0]?.author.device ?? ''
  return { generation, by, fact: fact.id, to: text('to'), what: text('what'), madeOn: text('made_on'), withdrawnOn: text('withdrawn_on') }
}

/** What a paper is called in the record. */
export const paperOf = (kind: MadeKind): 'card' | 'sheet' => (kind === 'card' ? 'card' : 'sheet')

/** What this device made and nobody wrote down for whom, newest first. */
export function unnamed(made: readonly Made[], all: readonly Paper[], device: Hex): Made[] {
  const written = (one: Made) => madeFor(all, one.generation ?? 0, device).some((paper) => paper.what === paperOf(one.kind))
  return made.filter((one) => !written(one)).sort((a, b) => b.at - a.at)
}

/** When what this device made was recalled with something that was made later; empty while it stands. */
export function recalledWith(all: readonly Paper[], generation: number, device: Hex): LocalDate {
  const days = all.filter((one) => one.by === device && one.withdrawnOn !== '' && one.generation >= generation && generation > 0)
  return days.map((one) => one.withdrawnOn).sort()[0] ?? ''
}

/** For whom cards of this generation were made on this device; none if that was not written down. */
export function madeFor(all: readonly Paper[], generation: number, device: Hex): Paper[] {
  return all.filter((one) => one.generation === generation && generation > 0 && one.by === device)
}
