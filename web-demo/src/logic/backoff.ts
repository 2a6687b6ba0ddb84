import type { UnixMillis } from './model.ts'

/** How often a wrong code was given, until when none is taken, and how long that wait is as a whole. */
export interface Tries {
  wrong: number
  until: UnixMillis
  wait: number
}

export const NO_TRIES: Tries = { wrong: 0, until: 0, wait: 0 }

const MINUTE = 60_000

/** Four tries, then a minute, then twice as long each time, up to an hour. */
export function afterWrong(tries: Tries, now: UnixMillis): Tries {
  const wrong = tries.wrong + 1
  const wait = wrong < 5 ? 0 : Math.min(60, 2 ** (wrong - 5)) * MINUTE
  return { wrong, until: now + wait, wait }
}

/** What is left to wait. A clock that was set back does not shorten the wait and cannot make it longer than it was: it begins anew. */
export function waiting(tries: Tries, now: UnixMillis): { left: number; tries: Tries } {
  const left = tries.until - now
  if (left <= 0) return { left: 0, tries }
  if (left <= tries.wait) return { left, tries }
  return { left: tries.wait, tries: { ...tries, until: now + tries.wait } }
}
