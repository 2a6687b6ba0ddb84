/** A fact's history: in which order it is told, and where each statement comes from. Pure. */
import type { HistoryItem } from '../../app/actions.ts'
import type { Source } from '../../logic/model.ts'
import { todayOf } from '../text.ts'

/** History shows how the author knew; whether a professional signed is a statement of its own. */
export function sourceOfItem(item: HistoryItem): Source {
  const { way, by, document, date } = item.how
  return {
    by: item.author.name,
    role: item.author.role,
    on: todayOf(item.at),
    standing: way === 'transcribed' ? 'transcribed' : 'plain',
    ...(by === undefined ? {} : { told_by: by }),
    ...(document === undefined ? {} : { document }),
    ...(date === undefined ? {} : { known_on: date }),
  }
}

/** Newest first by what each phone's clock said; but clocks may be wrong, so whatever took the place of something stands above it. */
export function newestFirst(items: readonly HistoryItem[]): HistoryItem[] {
  const left = [...items].sort((a, b) => b.at - a.at)
  const told: HistoryItem[] = []
  while (left.length > 0) {
    const waiting = new Set(left.map((item) => item.statement))
    const next = left.findIndex((item) => !item.superseded_by.some((above) => waiting.has(above)))
    told.push(...left.splice(Math.max(next, 0), 1))
  }
  return told
}
