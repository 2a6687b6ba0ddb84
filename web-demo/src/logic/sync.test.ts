import { expect, test } from 'vitest'
import { nextStatus, queued, retryDelay, type SyncStatus } from './sync.ts'

const NEVER: SyncStatus = { kind: 'never', queued: 0 }

test('what was said without a network waits, and says since when', () => {
  const waiting = nextStatus(NEVER, { kind: 'counted', queued: 1, now: 100, offline: true })
  expect(waiting).toEqual({ kind: 'waiting', queued: 1, since: 100, offline: true })
  const more = nextStatus(waiting, { kind: 'counted', queued: 2, now: 900, offline: true })
  expect(more).toEqual({ kind: 'waiting', queued: 2, since: 100, offline: true })
})

test('only an empty queue that the relay acknowledged is called synced', () => {
  const sending = nextStatus({ kind: 'waiting', queued: 2, since: 1, offline: false }, { kind: 'sending' })
  expect(queued(sending)).toBe(2)
  expect(nextStatus(sending, { kind: 'settled', queued: 1, now: 5 })).toMatchObject({ kind: 'waiting', queued: 1 })
  expect(nextStatus(sending, { kind: 'settled', queued: 0, now: 5 })).toEqual({ kind: 'synced', at: 5 })
  expect(nextStatus(sending, { kind: 'settled', queued: 0, now: 5, resent: 4 })).toEqual({ kind: 'synced', at: 5, resent: true })
  expect(nextStatus(sending, { kind: 'settled', queued: 0, now: 99_999, resent: 4 })).toEqual({ kind: 'synced', at: 99_999 })
})

test('a record that never reached a relay is not called synced because its queue is empty', () => {
  expect(nextStatus(NEVER, { kind: 'counted', queued: 0, now: 5, offline: true }).kind).toBe('waiting')
})

test('a failed attempt says what is left, a refusal keeps its code', () => {
  const sending: SyncStatus = { kind: 'sending', queued: 3 }
  expect(nextStatus(sending, { kind: 'failed', queued: 3, now: 7, offline: true })).toMatchObject({ kind: 'waiting', queued: 3, offline: true })
  expect(nextStatus(sending, { kind: 'refused', code: 'not-a-member', queued: 1 })).toEqual({ kind: 'refused', code: 'not-a-member', queued: 1 })
})

test('retries slow down to a minute and are spread out', () => {
  expect(retryDelay(0, 0)).toBe(500)
  expect(retryDelay(0, 0.999)).toBeLessThan(1000)
  expect(retryDelay(3, 0)).toBe(4000)
  expect(retryDelay(50, 0.999)).toBeLessThanOrEqual(60_000)
  expect(retryDelay(50, 0)).toBe(30_000)
})
