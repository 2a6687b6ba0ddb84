import type { LocalDate, UnixMillis } from '../logic/model.ts'

/** The device's clock. */
export function now(): UnixMillis {
  return Date.now()
}

/** The device's calendar day. */
export function today(at: Date = new Date()): LocalDate {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Calls at the turn of every minute, and when the page is looked at again after sleeping. Returns how to stop. */
export function everyMinute(tick: () => void): () => void {
  let timer = setTimeout(turn, untilNextMinute())
  function turn() {
    tick()
    timer = setTimeout(turn, untilNextMinute())
  }
  const wake = () => {
    if (document.visibilityState === 'visible') tick()
  }
  document.addEventListener('visibilitychange', wake)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', wake)
  }
}

function untilNextMinute(): number {
  return 60_000 - (Date.now() % 60_000)
}
