import { m } from './text.ts'

/** What is left of a wait, never less than it is. */
export function untilText(left: number): string {
  const seconds = Math.ceil(left / 1000)
  return seconds > 90 ? m.lock_wait_minutes({ minutes: Math.ceil(seconds / 60) }) : m.lock_wait_seconds({ seconds })
}
