import type { Compartment, Hex, Integrity, SetAside, View } from './model.ts'

/** One thing that keeps the record from being whole, by whom and why, as a screen tells it. Nothing of it is in the view. */
export type Apart =
  /** Others name it as known to them; it has not come here. `who`: its device. */
  | { what: 'missing'; who: Hex; count: number }
  /** Came, and cannot be read before something else comes. */
  | { what: 'waiting'; count: number }
  /** Refused. `who` is who claimed to have written it, if that could be read. */
  | { what: 'set-aside'; who: Hex | null; why: Why; count: number }
  /** Two entries of one device in one place of its count. Both are kept. */
  | { what: 'forked'; who: Hex; count: number }
  /** Two changes of one writing session in one place: one of them does not count. */
  | { what: 'twice'; compartment: Compartment; count: number }
  /** Statements of which nobody proves the author. */
  | { what: 'unattested'; count: number }

/** Why something was refused, as far as it makes a difference to a family. */
export type Why = 'failed-trial' | 'no-right' | 'altered' | 'newer' | 'other-record' | 'unsound'

/** The core's words for refusals, by what they mean to a family. Whatever is not named here broke the rules of the format. */
const WHYS: Record<string, Why> = {
  'failed-trial': 'failed-trial',
  'no-right': 'no-right',
  'unknown-author': 'no-right',
  'not-authentic': 'altered',
  truncated: 'altered',
  malformed: 'altered',
  oversized: 'altered',
  'damaged-save': 'altered',
  'unproven-position': 'altered',
  unattested: 'altered',
  'attestation-mismatch': 'altered',
  'misplaced-attestation': 'altered',
  'future-version': 'newer',
  'not-yet-in-force': 'newer',
  'wrong-record': 'other-record',
}

/** Everything that is kept apart, what is missing first. `asides`: what this device set aside before its core started. */
export function apartOf(integrity: Integrity, asides: readonly SetAside[]): Apart[] {
  const known = new Set(asides.map((one) => one.hash))
  const refused = [...integrity.set_aside.filter((one) => !known.has(one.hash)), ...asides]
  return [
    ...counted(integrity.missing, (one) => one.author).map(([[one], count]): Apart => ({ what: 'missing', who: one.author, count })),
    ...(integrity.waiting.length > 0 ? [{ what: 'waiting', count: integrity.waiting.length } as const] : []),
    ...counted(refused, (one) => `${one.author ?? ''} ${whyOf(one)}`).map(
      ([[one], count]): Apart => ({ what: 'set-aside', who: one.author, why: whyOf(one), count }),
    ),
    ...counted(integrity.forks, (one) => one.author).map(([[one], count]): Apart => ({ what: 'forked', who: one.author, count })),
    ...counted(integrity.equivocations, ([compartment]) => compartment).map(
      ([[[compartment]], count]): Apart => ({ what: 'twice', compartment, count }),
    ),
    ...(integrity.unattested > 0 ? [{ what: 'unattested', count: integrity.unattested } as const] : []),
  ]
}

/** How many entries, changes and statements these are. */
export function countApart(apart: readonly Apart[]): number {
  return apart.reduce((sum, one) => sum + one.count, 0)
}

/** The name a manager gave a device's person, by device. */
export function namesOf(view: View | null): Map<Hex, string> {
  const members = (view?.facts ?? []).filter((fact) => fact.kind === 'member')
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return new Map(members.map(({ fields }) => [text(fields['device']?.values[0]?.value), text(fields['name']?.values[0]?.value)]))
}

const whyOf = (one: SetAside): Why => WHYS[one.code] ?? 'unsound'

/** Groups in the order of their first member, with how many each has. */
function counted<T>(all: readonly T[], keyOf: (one: T) => string): [[T, ...T[]], number][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()].map((group) => [group, group.length])
}
