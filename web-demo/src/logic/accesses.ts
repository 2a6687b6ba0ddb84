import type { AccessPage, AccessTrouble, Compartment, Fetched, Hex, LastRead, LocalDate, UnixMillis } from './model.ts'

/** What this device has read of the relay's list of accesses, kept so that a later change is noticed. */
export interface AccessBook {
  /** Ascending by when they began. */
  list: readonly Fetched[]
  last: LastRead | null
  troubles: readonly NotedTrouble[]
  /** When the list was read last. */
  readAt: UnixMillis | null
}

export type NotedTrouble = AccessTrouble & { at: UnixMillis }

export const EMPTY_BOOK: AccessBook = { list: [], last: null, troubles: [], readAt: null }

/** Most accesses a device keeps; the oldest go first. */
const KEPT = 5000
const KEPT_TROUBLES = 50

/** After which number to ask: the last one read comes again, and has to be the same. */
export function askAfter(last: LastRead | null): number {
  return last === null ? 0 : last.number - 1
}

/** The book after a page. What was read before stays, also when the relay tells it otherwise now. */
export function withPage(book: AccessBook, page: AccessPage, now: UnixMillis): AccessBook {
  const known = new Set(book.list.map((one) => one.hash))
  const list = [...book.list, ...page.accesses.filter((one) => !known.has(one.hash))].sort((a, b) => a.began - b.began)
  // What cannot be verified comes again with every reading.
  const isNew = (found: AccessTrouble) => !book.troubles.some((noted) => found.what === 'unreadable' && noted.what === found.what && noted.number === found.number)
  const troubles = [...book.troubles, ...page.troubles.filter(isNew).map((trouble) => ({ ...trouble, at: now }))]
  return { list: list.slice(-KEPT), last: page.last, troubles: troubles.slice(-KEPT_TROUBLES), readAt: now }
}

/** The list is not the one that was read: it has to be read again from its beginning. */
export function mustReadAgain(page: AccessPage): boolean {
  return page.troubles.some((trouble) => trouble.what === 'altered' || trouble.what === 'set-back' || trouble.what === 'other-signer')
}

/** Once a day is often enough for a list that nobody may change. */
const EVERY_MS = 24 * 3600_000

export function isDue(last: UnixMillis | null, now: UnixMillis): boolean {
  return last === null || now - last >= EVERY_MS
}

/** One person on one day. */
export interface DayOfPerson {
  device: Hex
  /** First and last moment. */
  from: UnixMillis
  to: UnixMillis
  times: number
  compartments: Compartment[]
}

export interface AccessDay {
  day: LocalDate
  people: DayOfPerson[]
}

/** Newest day first; in a day, whoever came last first. `dayOf`: the local date of a moment. */
export function byDay(list: readonly Fetched[], dayOf: (at: UnixMillis) => LocalDate): AccessDay[] {
  const days = new Map<LocalDate, Map<Hex, DayOfPerson>>()
  for (const one of list) {
    const day = dayOf(one.began)
    const people = days.get(day) ?? new Map<Hex, DayOfPerson>()
    people.set(one.device, joined(people.get(one.device), one))
    days.set(day, people)
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([day, people]) => ({ day, people: [...people.values()].sort((a, b) => b.to - a.to) }))
}

function joined(before: DayOfPerson | undefined, { device, began, ended, compartments }: Fetched): DayOfPerson {
  if (before === undefined) return { device, from: began, to: ended, times: 1, compartments }
  return {
    device,
    from: Math.min(before.from, began),
    to: Math.max(before.to, ended),
    times: before.times + 1,
    compartments: [...new Set([...before.compartments, ...compartments])],
  }
}
