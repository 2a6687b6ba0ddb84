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

/** Something that is out of the family's hands: written down in the record, or only known to the phone that made it. */
export interface HandedOut {
  of: Paper | Made
  /** Empty: nobody wrote that down. */
  to: string
  what: string
  /** It was only on a screen: nobody printed it here, or wrote down whom it was for. */
  shown: boolean
  /** Empty while it stands. */
  recalledOn: LocalDate
  /** Nobody recalled it for itself: another was, and took it along. */
  withOthers: boolean
  /** Who can tell whoever scans it that it was recalled: a card's own keys alone speak for it. */
  teller: Teller
}

/** `unnumbered`: an older app did not keep which card it was. */
export type Teller = 'this-phone' | 'its-phone' | 'nobody' | 'unnumbered'

/** Whose keys are in the record now, and which of them are this phone's. */
export interface Present {
  device: Hex
  devices: ReadonlySet<Hex>
}

/** What the record says was handed out, then what this phone made and nobody wrote down for whom; the newest of each first. */
export function handedOut(view: View, made: readonly Made[], present: Present): HandedOut[] {
  const all = papers(view)
  const written = all.map((of): HandedOut => {
    const { to, what, by, generation } = of
    return { of, to, what, shown: to === '' && what === 'card', ...standingOf(all, by, generation, present, of.withdrawnOn) }
  })
  const keysOf = makersOf(made, present.device)
  const others = unnamed(made, all, keysOf).map((of): HandedOut => {
    return { of, to: '', what: paperOf(of.kind), shown: of.kind === 'card', ...standingOf(all, keysOf(of), of.generation ?? 0, present, '') }
  })
  return [...written, ...others]
}

/** `own`: the day on which it was recalled for itself, or empty. */
function standingOf(all: readonly Paper[], by: Hex, generation: number, present: Present, own: LocalDate): Pick<HandedOut, 'recalledOn' | 'withOthers' | 'teller'> {
  const teller = tellerOf(by, generation, present)
  // Only what is told of one card is told of others with it: a mark in the list is about one paper.
  const isTold = teller === 'this-phone' || teller === 'its-phone'
  const recalledOn = own === '' && isTold ? recalledWith(all, by, generation) : own
  return { recalledOn, withOthers: recalledOn !== own, teller }
}

function tellerOf(by: Hex, generation: number, { device, devices }: Present): Teller {
  if (generation === 0) return 'unnumbered'
  if (by === device) return 'this-phone'
  return devices.has(by) ? 'its-phone' : 'nobody'
}

/**
 * Whose keys signed what was made here; empty if that is not known. An older app did not note it: they are the present ones, unless
 * other keys signed something here, or it was a tablet with keys for each person.
 */
function makersOf(made: readonly Made[], device: Hex): (one: Made) => Hex {
  const others = made.some((one) => one.device !== undefined && one.device !== device)
  return (one) => one.device ?? (others || one.by !== undefined ? '' : device)
}

/** What this device made and nobody wrote down for whom, newest first. */
function unnamed(made: readonly Made[], all: readonly Paper[], keysOf: (one: Made) => Hex): Made[] {
  const written = (one: Made) => madeFor(all, one.generation ?? 0, keysOf(one)).some((paper) => paper.what === paperOf(one.kind))
  return made.filter((one) => !written(one)).sort((a, b) => b.at - a.at)
}

/** When it was recalled with something that the same keys made later; empty while it stands. */
function recalledWith(all: readonly Paper[], by: Hex, generation: number): LocalDate {
  const days = all.filter((one) => one.by === by && one.withdrawnOn !== '' && one.generation >= generation)
  return days.map((one) => one.withdrawnOn).sort()[0] ?? ''
}

/** For whom cards of this generation were made with these keys; none if that was not written down. */
export function madeFor(all: readonly Paper[], generation: number, device: Hex): Paper[] {
  return all.filter((one) => one.generation === generation && generation > 0 && one.by === device)
}
