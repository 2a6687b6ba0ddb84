import type { UnixMillis } from './model.ts'

/** How far a child's changes have travelled. */
export type SyncStatus =
  /** Nothing was ever sent: no relay answered yet. */
  | { kind: 'never'; queued: number }
  /** All that was said here is kept by the relay. `resent`: it had lost some of it, and was given it again a moment ago. */
  | { kind: 'synced'; at: UnixMillis; resent?: true }
  /** Saved on this device; leaves by itself when the network returns. */
  | { kind: 'waiting'; queued: number; since: UnixMillis; offline: boolean }
  /** Being sent now. */
  | { kind: 'sending'; queued: number }
  /** The relay will not take it; retrying does not help. */
  | { kind: 'refused'; code: string; queued: number }

/** Entries that exist only on this device. */
export function queued(status: SyncStatus): number {
  return status.kind === 'synced' ? 0 : status.queued
}

/** What happened to the queue or the connection. */
export type SyncEvent =
  | { kind: 'counted'; queued: number; now: UnixMillis; offline: boolean }
  | { kind: 'sending' }
  | { kind: 'settled'; queued: number; now: UnixMillis; resent?: UnixMillis | null }
  | { kind: 'failed'; queued: number; now: UnixMillis; offline: boolean }
  | { kind: 'refused'; code: string; queued: number }

export function nextStatus(status: SyncStatus, event: SyncEvent): SyncStatus {
  switch (event.kind) {
    case 'counted':
      if (event.queued === 0 && status.kind === 'synced') return status
      return waiting(status, event.queued, event.now, event.offline)
    case 'sending':
      return { kind: 'sending', queued: queued(status) }
    case 'settled':
      return event.queued === 0 ? synced(event.now, event.resent ?? null) : waiting(status, event.queued, event.now, false)
    case 'failed':
      return waiting(status, event.queued, event.now, event.offline)
    case 'refused':
      return { kind: 'refused', code: event.code, queued: event.queued }
  }
}

/** Long enough to be read. */
const SAID_FOR = 60_000

function synced(now: UnixMillis, resent: UnixMillis | null): SyncStatus {
  return { kind: 'synced', at: now, ...(resent !== null && now - resent < SAID_FOR && { resent: true }) }
}

function waiting(before: SyncStatus, queued: number, now: UnixMillis, offline: boolean): SyncStatus {
  return { kind: 'waiting', queued, since: before.kind === 'waiting' ? before.since : now, offline }
}

/**
 * How long to wait before trying again, in milliseconds: doubling from 1 s to 60 s, spread by `random` (0 ≤ r < 1) over
 * the upper half, so that a neighbourhood whose network returns at once does not knock at once.
 */
export function retryDelay(attempt: number, random: number): number {
  const ceiling = Math.min(60_000, 1000 * 2 ** Math.min(attempt, 6))
  return ceiling / 2 + (ceiling / 2) * random
}
