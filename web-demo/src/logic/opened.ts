/** When the record was opened on this device, until the relay has heard of it. */
import type { OpenedWay, UnixMillis } from './model.ts'

/** From the first look to the last. */
export interface Opened {
  way: Exclude<OpenedWay, 'other'>
  began: UnixMillis
  ended: UnixMillis
}

/** Looks closer together than this are one opening. */
const APART_MS = 15 * 60_000
/** Within it nothing is written down again: going from page to page must not wear out a disk. */
const SAME_MS = 60_000
/** Most that wait on one device for one child; the oldest go first. */
const KEPT = 200
/** As many as the relay takes at once. */
export const TOLD_AT_ONCE = 50

/** The list after one more look; the same list if there is nothing to write down. */
export function withLook(list: readonly Opened[], way: Opened['way'], now: UnixMillis): readonly Opened[] {
  const last = list.findLast((one) => one.way === way)
  const since = last === undefined ? Infinity : now - last.ended
  if (last === undefined || since < 0 || since > APART_MS) return [...list, { way, began: now, ended: now }].slice(-KEPT)
  if (since <= SAME_MS) return list
  return list.map((one) => (one === last ? { ...one, ended: now } : one))
}

/** What is left when these were told. One that went on meanwhile stays, from where it was told to. */
export function withoutTold(list: readonly Opened[], told: readonly Opened[]): Opened[] {
  return list.flatMap((one) => {
    const sent = told.find((other) => other.way === one.way && other.began === one.began)
    if (sent === undefined) return [one]
    return one.ended > sent.ended ? [{ ...one, began: sent.ended }] : []
  })
}
