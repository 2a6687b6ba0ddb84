import { expect, test } from 'vitest'
import type { Made } from '../logic/made.ts'
import { CardNotices, type CardNotice } from './card-notices.ts'

const made = (id: string): Made => ({ id, kind: 'card', at: 1, standing: {} })

function phone() {
  const kept = new Map<number, CardNotice>()
  const sent: string[] = []
  const at = { reachable: true, signed: 0 }
  const notices = new CardNotices({
    read: (child) => Promise.resolve(kept.get(child)),
    write: (child, notice) => Promise.resolve(void kept.set(child, notice)),
    sign: (_, before) => Promise.resolve({ id: 'aa', bytes: new Uint8Array([...before, ++at.signed]) }),
    send: (_, bytes) => {
      if (!at.reachable) return Promise.reject(new Error('offline'))
      sent.push(bytes.join())
      return Promise.resolve()
    },
  })
  return { notices, sent, at }
}

test('a card that went out of date is told of once, however often the record is read', async () => {
  const { notices, sent } = phone()
  await notices.tell(1, [])
  await notices.tell(1, [made('a')])
  await notices.tell(1, [made('a')])
  expect(sent).toEqual(['1'])
})

test('a second card is told of on top of what was said before', async () => {
  const { notices, sent } = phone()
  await notices.tell(1, [made('a')])
  await notices.tell(1, [made('a'), made('b')])
  expect(sent).toEqual(['1', '1,2'])
})

test('what was said without a network is sent when there is one, and not signed twice', async () => {
  const { notices, sent, at } = phone()
  at.reachable = false
  await notices.tell(1, [made('a')])
  at.reachable = true
  await notices.tell(1, [made('a')])
  await notices.tell(1, [])
  expect(sent).toEqual(['1'])
  expect(at.signed).toBe(1)
})

test('a card thrown away before the relay heard of it is still told of: somebody may have found it', async () => {
  const { notices, sent, at } = phone()
  at.reachable = false
  await notices.tell(1, [made('a')])
  at.reachable = true
  await notices.tell(1, [])
  expect(sent).toEqual(['1'])
})

test('a recalled card is told of once, and is not called out of date', async () => {
  const said: boolean[] = []
  const kept = new Map<number, CardNotice>()
  const notices = new CardNotices({
    read: (child) => Promise.resolve(kept.get(child)),
    write: (child, notice) => Promise.resolve(void kept.set(child, notice)),
    sign: (_, before, stale) => {
      said.push(stale)
      return Promise.resolve({ id: 'aa', bytes: new Uint8Array([...before, 1]) })
    },
    send: () => Promise.resolve(),
  })
  await notices.tell(1, [], ['3@aa'])
  await notices.tell(1, [], ['3@aa'])
  await notices.tell(1, [made('a')], ['3@aa'])
  await notices.tell(1, [], ['3@aa'])
  expect(said).toEqual([false, true])
})

test('a new card is announced before there is anything to say of it, and what is said later comes on top', async () => {
  const { notices, sent, at } = phone()
  at.reachable = false
  await notices.announce(1)
  at.reachable = true
  await notices.tell(1, [])
  expect(sent).toEqual(['1'])
  await notices.announce(1)
  await notices.tell(1, [made('a')])
  expect(sent).toEqual(['1', '1,2'])
})
