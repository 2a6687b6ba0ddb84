import { signature } from './made.ts'
import type { Edit, FactId, Hex, UnixMillis, View } from './model.ts'
import { Failure } from './result.ts'
import { childOf, type ChildId, type Route } from './route.ts'

/**
 * Permission to edit one fact of one child, taken when the form opens and never changed. Whatever Back, switching or a
 * slow network do in between, what was typed can only land in the child it was typed for.
 */
export interface EditTicket {
  readonly child: ChildId
  readonly record: Hex
  /** The name shown on the form, so that the parent sees whose it is. */
  readonly name: string
  /** `null`: a new fact. */
  readonly fact: FactId | null
  readonly openedAt: UnixMillis
  /** What stood in the fact when the form opened: only that may be replaced. Empty for a new fact. */
  readonly seen: string
}

/** What stands in a fact, as one text that changes with every statement about it. */
export function seenOf(view: View, fact: FactId | null): string {
  return view.facts
    .filter((f) => f.id === fact)
    .map((f) => `${f.compartment} ${signature(f)}`)
    .join('\n')
}

/**
 * Throws `changed-meanwhile` when somebody else spoke about the fact after the form was opened: what the person has not seen
 * must not be replaced by what they type.
 */
export function checkSeen(ticket: EditTicket, view: View): void {
  if (ticket.fact !== null && seenOf(view, ticket.fact) !== ticket.seen) throw new Failure('changed-meanwhile')
}

/** Throws `wrong-child` unless ticket, open record and address all name the same child. */
export function checkTicket(ticket: EditTicket, open: { id: ChildId; record: Hex } | null, route: Route): void {
  const same = open !== null && open.id === ticket.child && open.record === ticket.record
  const there = childOf(route)
  if (!same || (there !== undefined && there !== ticket.child)) {
    throw new Failure('wrong-child', 'the edit was begun in another child')
  }
}

/** Throws unless every edit is about the ticket's fact, or adds new ones when the ticket is for a new fact. */
export function checkEdits(ticket: EditTicket, edits: readonly Edit[]): void {
  const foreign = edits.some((edit) => 'fact' in edit && edit.fact !== ticket.fact)
  if (foreign) throw new Failure('wrong-child', 'the edit names another fact than the form')
}

/** Key of the draft a form keeps while it is open, so that a killed tab loses nothing typed. */
export function draftKey(ticket: Pick<EditTicket, 'child' | 'fact'>, kind: string): string {
  return `${ticket.child} ${ticket.fact ?? `new:${kind}`}`
}
