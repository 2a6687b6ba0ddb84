/** When the record was opened on this device, until the relay has heard of it. */
import type { OpenedWay, UnixMillis } from './model.ts'

/** From the first look to the last. */
export interface Opened {
  way: Exclude<OpenedWay, 'other'>
  began: UnixMillis
  ended: UnixMillis
  /** The relay has heard of all of it; it is kept so that the next look, soon after, is no other opening. */
  told?: boolean
}

/** Looks closer together than this are one opening. */
export const APART_MS = 15 * 60_000
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
  if (last === undefined || since < 0 || since > APART_MS) return [...list.filter((one) => one.told !== true || one.way !== way), { way, began: now, ended: now }].slice(-KEPT)
  if (since <= SAME_MS) return list
  return list.map((one) => (one === last ? { way, began: one.began, ended: now } : one))
}

/** What is to be told. */
export function untold(list: readonly Opened[]): Opened[] {
  return list.filter((one) => one.told !== true)
}

/** The list when these were told: of each way the last one stays, from where it was told to, so that it may go on. */
export function withoutTold(list: readonly Opened[], told: readonly Opened[]): Opened[] {
  return list.flatMap((one) => {
    const sent = told.find((other) => other.way === one.way && other.began === one.began)
    if (sent === undefined) return [one]
    if (one.ended > sent.ended) return [{ ...one, began: sent.ended }]
    return one === list.findLast(({ way }) => way === one.way) ? [{ way: one.way, began: one.ended, ended: one.ended, told: true }] : []
  })
}
