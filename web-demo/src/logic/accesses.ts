import type { AccessPage, AccessTrouble, AskedCard, Compartment, Fetched, Hex, LastRead, LocalDate, Noted, OpenedWay, ToldOpening, UnixMillis } from './model.ts'
import { APART_MS } from './opened.ts'

/** What this device has read of the relay's list of accesses, kept so that a later change is noticed. */
export interface AccessBook {
  /** Ascending by when they began. */
  list: readonly Noted[]
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

/** Both of the relay's lists that a family reads: of the record, and of the cards that this device made. */
export interface AccessBooks {
  records: AccessBook
  cards: AccessBook
}

/** A book of an older version knows only what was fetched. */
export function asBook(kept: AccessBook): AccessBook {
  return { ...kept, list: kept.list.map((one) => ({ ...one, what: (one as Partial<Noted>).what ?? 'fetched' }) as Noted) }
}

/** One person on one day. */
export interface DayOfPerson {
  device: Hex
  /** What was sent to them; `null`: nothing that day. */
  received: Received | null
  /** When they opened it, as their own device told, earliest first. */
  opened: OpenedTold[]
}

/** First and last moment, how often, and what. */
export interface Received {
  from: UnixMillis
  to: UnixMillis
  times: number
  compartments: Compartment[]
}

export interface OpenedTold {
  way: OpenedWay
  from: UnixMillis
  to: UnixMillis
  heard: UnixMillis
}

/** Cards of one generation on one day. */
export interface DayOfCard {
  /** 0: not known. */
  generation: number
  at: UnixMillis[]
}

export interface AccessDay {
  day: LocalDate
  people: DayOfPerson[]
  cards: DayOfCard[]
}

/** Newest day first; in a day, whoever came last first. `dayOf`: the local date of a moment. */
export function byDay({ records, cards }: AccessBooks, dayOf: (at: UnixMillis) => LocalDate): AccessDay[] {
  const days = new Map<LocalDate, AccessDay>()
  for (const one of [...records.list, ...cards.list]) {
    const date = dayOf(one.began)
    const day = days.get(date) ?? { day: date, people: [], cards: [] }
    days.set(date, day)
    if (one.what === 'asked') addCard(day.cards, one)
    else addPerson(day.people, one)
  }
  for (const day of days.values()) {
    for (const person of day.people) person.opened = person.opened.sort((a, b) => a.from - b.from).reduce<OpenedTold[]>(withOpening, [])
    day.people.sort((a, b) => lastOf(b) - lastOf(a))
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? 1 : -1))
}

function addPerson(people: DayOfPerson[], one: Fetched | ToldOpening): void {
  let person = people.find(({ device }) => device === one.device)
  if (person === undefined) people.push((person = { device: one.device, received: null, opened: [] }))
  if (one.what === 'fetched') {
    person.received = joined(person.received, one)
    return
  }
  const { way, began: from, ended: to, heard } = one
  person.opened.push({ way, from, to, heard })
}

/** Told in parts, or twice where the relay's answer was lost: what lies close together was one opening. */
function withOpening(all: OpenedTold[], one: OpenedTold): OpenedTold[] {
  const before = all.findLast((other) => other.way === one.way)
  if (before === undefined || one.from - before.to > APART_MS) return [...all, one]
  return all.map((other) => (other === before ? { ...other, to: Math.max(other.to, one.to), heard: Math.min(other.heard, one.heard) } : other))
}

function addCard(cards: DayOfCard[], { generation, began }: AskedCard): void {
  const card = cards.find((other) => other.generation === generation)
  if (card === undefined) cards.push({ generation, at: [began] })
  else card.at.push(began)
}

function lastOf({ received, opened }: DayOfPerson): UnixMillis {
  return Math.max(received?.to ?? 0, ...opened.map(({ to }) => to))
}

function joined(before: Received | null, { began, ended, compartments }: Fetched): Received {
  if (before === null) return { from: began, to: ended, times: 1, compartments }
  return {
    from: Math.min(before.from, began),
    to: Math.max(before.to, ended),
    times: before.times + 1,
    compartments: [...new Set([...before.compartments, ...compartments])],
  }
}

/** So long after it ended, a telling is said to have come later. */
const LATE_MS = 3600_000

export function toldLater({ to, heard }: OpenedTold): boolean {
  return heard - to > LATE_MS
}
