import { expect, test } from 'vitest'
import type { Made } from '../logic/made.ts'
import { withMade } from '../logic/made.ts'
import type { CardNotice } from './card-notices.ts'
import { Cards, type CardsPorts } from './cards.ts'

interface Told {
  /** Whose key signed it. */
  by: string
  stale: boolean
}

/** A tablet, or a phone, on which one person after the other is there. */
function device() {
  const boxes = new Map<string, unknown>()
  const told: Told[] = []
  const notes: { stale: boolean }[] = []
  let now: Cards | null = null
  const take = (person: string): Cards => {
    now?.end()
    const ports: CardsPorts = {
      box: <T>(name: string) => Promise.resolve(boxes.get(name) as T | undefined),
      put: (name, box) => Promise.resolve(void boxes.set(name, box)),
      ask: ((request: { stale: boolean; before: Uint8Array }) => {
        notes.push({ stale: request.stale })
        return Promise.resolve({ id: person, bytes: new Uint8Array([...request.before, notes.length]) })
      }) as unknown as CardsPorts['ask'],
      relay: {
        putCardNotice: (id, bytes) => Promise.resolve(void told.push({ by: id, stale: notes[(bytes.at(-1) ?? 0) - 1]?.stale ?? false })),
        cardChallenge: () => Promise.reject(new Error('nobody asks')),
        cardOpenings: () => Promise.reject(new Error('nobody asks')),
      },
      today: () => '2026-11-21',
      now: () => 0,
    }
    now = new Cards(ports, person)
    return now
  }
  return { take, told, boxes }
}

const card = (id: string, person?: string): Made => ({ id, kind: 'card', at: 1, standing: {}, ...(person === undefined ? {} : { by: { person, name: person } }) })

test('a colleague who makes a card as well has it announced with her own key', async () => {
  const { take, told } = device()
  await take('sato').announce(1)
  await take('suzuki').announce(1)
  expect(told).toEqual([
    { by: 'sato', stale: false },
    { by: 'suzuki', stale: false },
  ])
})

test('what changes while a colleague is there is said of her own cards, and of the others when their maker is back', async () => {
  const { take, told } = device()
  await take('sato').announce(1)
  const made = [card('a', 'sato')]
  await take('suzuki').tell(1, made)
  expect(told.filter(({ stale }) => stale)).toEqual([])
  await take('sato').tell(1, made)
  expect(told.filter(({ stale }) => stale)).toEqual([{ by: 'sato', stale: true }])
})

test('what is under way when somebody else takes the tablet is not signed with their key', async () => {
  const { take, told, boxes } = device()
  const sato = take('sato')
  take('suzuki')
  await sato.tell(1, [card('a', 'sato')])
  expect(told).toEqual([])
  expect([...boxes.keys()]).toEqual([])
})

test('on a family’s phone what was said of its cards stays where it was', async () => {
  const { take, told, boxes } = device()
  await take('').tell(1, [card('a')])
  expect(told).toEqual([{ by: '', stale: true }])
  expect((boxes.get('card-notice/1') as CardNotice).about).toEqual(['a'])
})

test('a colleague’s card of the same day’s facts is a card of its own, and stays in the list', () => {
  expect(withMade([card('a', 'sato')], card('b', 'suzuki')).map(({ id }) => id)).toEqual(['a', 'b'])
  expect(withMade([card('a', 'sato')], card('b', 'sato')).map(({ id }) => id)).toEqual(['b'])
})
