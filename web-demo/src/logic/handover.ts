export { afterWrong, NO_TRIES, waiting, type Tries } from './backoff.ts'

/** A code: four to eight digits, however typed. `null`: not a code. */
export function readCode(text: string): string | null {
  const digits = text.normalize('NFKC').trim()
  return /^\d{4,8}$/.test(digits) ? digits : null
}

/** How long a parent who forgot the code waits until the phone opens without it. */
export const FORGOTTEN_MS = 60 * 60_000
