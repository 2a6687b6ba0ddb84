/** Where a statement of a fact's history comes from. Pure. */
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
