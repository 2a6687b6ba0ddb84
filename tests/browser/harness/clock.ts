/** A phone's own clock and calendar. The relay, and everybody else, go by theirs. */
import { opensApp } from "./family"
import type { Person } from "./person"

/** `YYYY-MM-DD`, so many days from now. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

/** The same phone on another day, at noon in Japan; the app is opened anew. */
export async function isThere(person: Person, day: string): Promise<void> {
  await person.page.clock.setSystemTime(`${day}T12:00:00+09:00`)
  await opensApp(person)
}

/** The same phone with a clock that is wrong by so many minutes: 15 is a quarter of an hour fast. The app is opened anew. */
export async function runsAhead(person: Person, minutes: number): Promise<void> {
  await person.page.clock.setSystemTime(Date.now() + minutes * 60_000)
  await opensApp(person)
}
