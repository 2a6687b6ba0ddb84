import type { UnixMillis } from './model.ts'

/** How often a wrong code was given, and until when none is taken. */
export interface Tries {
  wrong: number
  until: UnixMillis
}

export const NO_TRIES: Tries = { wrong: 0, until: 0 }

/** A code: four to eight digits, however typed. `null`: not a code. */
export function readCode(text: string): string | null {
  const digits = text.normalize('NFKC').trim()
  return /^\d{4,8}$/.test(digits) ? digits : null
}

/** Five tries, then a minute, then twice as long each time, up to an hour. The first screen stays readable throughout. */
export function afterWrong(tries: Tries, now: UnixMillis): Tries {
  const wrong = tries.wrong + 1
  const minutes = wrong < 5 ? 0 : Math.min(60, 2 ** (wrong - 5))
  return { wrong, until: now + minutes * 60_000 }
}

/** How long a parent who forgot the code waits until the phone opens without it. */
export const FORGOTTEN_MS = 60 * 60_000
