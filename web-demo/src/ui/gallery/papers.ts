/** Papers and a card on a screen, made up: as they stand, recalled, and of keys that are gone. */
import type { HandedOut, Paper } from '../../logic/papers.ts'

const paper = (to: string, more: Partial<HandedOut> = {}): HandedOut => {
  const of: Paper = { fact: `${to}@a`, to, what: 'card', madeOn: '2026-11-01', generation: 57, by: 'a1', withdrawnOn: '' }
  return { of, to, what: 'card', shown: false, recalledOn: '', withOthers: false, teller: 'this-phone', ...more }
}

const AT = Date.parse('2026-11-02T09:30:00+09:00')
const unnamed = { id: 'sheet', kind: 'sheet' as const, at: AT, standing: {} }

export const HANDED_OUT: readonly HandedOut[] = [
  paper('長野の祖母'),
  paper('デイサービス', { teller: 'its-phone', recalledOn: '2026-11-20' }),
  paper('学校の保健室', { teller: 'nobody', recalledOn: '2026-11-20' }),
  paper('', { of: unnamed, what: 'sheet', teller: 'nobody' }),
  paper('', { of: { ...unnamed, id: 'card', kind: 'card' }, shown: true }),
]
