import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'
import type { Entry, EntryKind, Hex } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import { isBehindLock, Seals, type Place, type Sealed } from './seals.ts'

/**
 * Everything this device keeps, at rest under an AES-256-GCM key that the browser holds and never gives out.
 *
 * ```text
 * keys     vault → CryptoKey, not extractable
 * guard    writer → which tab may write (a number that grows with every tab that becomes the writer)
 * boxes    name → sealed CBOR: children, device keys, drafts, cards and prints made, cached first screens, settings
 * entries  [child, position] → sealed signed bytes, their hash, and whether the relay has acknowledged them
 * ```
 *
 * With a lock, most of it is sealed a second time, inside, under a key that only a PIN or a passkey gives back (`seals`).
 *
 * A promise of this class resolves only after the browser reports the bytes on disk (`durability: 'strict'`); storage
 * full is `storage-full`, and then nothing of the change was kept.
 */
export class Vault {
  readonly #db: IDBPDatabase<Schema>
  readonly #seals: Seals
  #writer = 0
  /** Changes wait while everything is moved behind a lock or out again. */
  #moved: Promise<unknown> = Promise.resolve()

  private constructor(db: IDBPDatabase<Schema>, key: CryptoKey) {
    this.#db = db
    this.#seals = new Seals(key)
  }

  /** Opens the vault of this profile, or begins it. `onOld`: a newer version of the app wants to change its layout. */
  static async open(onOld: () => void, name = 'omamori'): Promise<Vault> {
    const db = await openDB<Schema>(name, 1, { upgrade: layOut, blocking: onOld }).catch(refuse)
    const vault = new Vault(db, await ownKey(db).catch(refuse))
    await vault.lookForLock()
    return vault
  }

  close(): void {
    this.#db.close()
  }

  /** From now on only this tab's writes are taken; those of any tab before it fail with `writer-elsewhere`. */
  async becomeWriter(): Promise<void> {
    try {
      // Relaxed: a crash ends all tabs, so the order of writes is enough, and the first page need not wait for the disk.
      const tx = this.#db.transaction('guard', 'readwrite')
      const generation = ((await tx.store.get('writer')) ?? 0) + 1
      await Promise.all([tx.store.put(generation, 'writer'), tx.done])
      this.#writer = generation
    } catch (error) {
      refuse(error)
    }
  }

  // ---- the lock

  get hasLock(): boolean {
    return this.#seals.hasLock
  }

  get isShut(): boolean {
    return this.#seals.isShut
  }

  /** Another tab may have made a lock, or removed it. */
  async lookForLock(): Promise<void> {
    const has = (await this.#db.getKey('boxes', LOCK)) !== undefined
    if (has && !this.hasLock) this.#seals.useLock(null)
    if (!has) this.#seals.useNoLock()
  }

  /** With the right key, what is behind the lock can be read again. */
  open(key: CryptoKey): void {
    this.#seals.useLock(key)
  }

  shut(): void {
    if (this.hasLock) this.#seals.useLock(null)
  }

  /** Puts everything that belongs there behind a new lock, whose description goes into the box `lock`: all of it, or nothing. */
  async putBehind(key: CryptoKey, lock: unknown): Promise<void> {
    await this.#move(key, lock)
  }

  /** Takes everything out from behind the lock, and the lock away: all of it, or nothing. */
  async takeOut(): Promise<void> {
    await this.#move(null, undefined)
  }

  /** The lock cannot be opened any more: what is behind it goes, with the lock. What was open all the time stays. */
  async discardBehind(): Promise<void> {
    await this.#exclusively(async () => {
      const names = (await this.#db.getAllKeys('boxes')).filter((name) => isBehindLock(`box ${name}`))
      await this.#inOne(async (tx) => {
        await Promise.all([...names, LOCK, 'tries'].map((name) => tx.objectStore('boxes').delete(name)))
        await tx.objectStore('entries').clear()
      })
      this.#seals.useNoLock()
    })
  }

  async #move(key: CryptoKey | null, lock: unknown): Promise<void> {
    await this.#exclusively(async () => {
      const again = async (place: Place, sealed: Sealed) => {
        const plain = await this.#seals.bytes(place, sealed)
        return key === null ? this.#seals.bare(place, plain) : this.#seals.sealAs(place, plain, key)
      }
      const names = (await this.#db.getAllKeys('boxes')).filter((name) => isBehindLock(`box ${name}`))
      const boxes = await Promise.all(
        names.map(async (name) => [name, await again(`box ${name}`, (await this.#db.get('boxes', name)) ?? raise())] as const),
      )
      const [keys, rows] = await Promise.all([this.#db.getAllKeys('entries'), this.#db.getAll('entries')])
      const entries = await Promise.all(
        rows.map(async ({ child, hash, state, ...sealed }) => ({ child, hash, state, ...(await again(entryPlace(child, hash), sealed)) })),
      )
      const description = lock === undefined ? undefined : await this.#seals.seal(`box ${LOCK}`, lock)
      await this.#inOne(async (tx) => {
        await Promise.all([
          ...boxes.map(async ([name, sealed]) => tx.objectStore('boxes').put(sealed, name)),
          ...entries.map(async (row, i) => tx.objectStore('entries').put(row, keys[i] ?? raise())),
          (async () => (description === undefined ? tx.objectStore('boxes').delete(LOCK) : tx.objectStore('boxes').put(description, LOCK)))(),
        ])
      })
      // Within the turn: the next change is sealed as everything is now.
      if (key === null) this.#seals.useNoLock()
      else this.#seals.useLock(key)
    })
  }

  /** After all changes that were asked for before, and before all that are asked for after. */
  #exclusively<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#moved.then(act, act)
    this.#moved = turn.catch(() => undefined)
    return turn
  }

  // ---- reading

  async box<T>(name: string): Promise<T | undefined> {
    const sealed = await this.#db.get('boxes', name)
    return sealed && ((await this.#seals.unseal(`box ${name}`, sealed)) as T)
  }

  /** All boxes whose name begins so, by name. */
  async boxes<T>(prefix: string): Promise<Map<string, T>> {
    const names = await this.#db.getAllKeys('boxes', IDBKeyRange.bound(prefix, `${prefix}\uffff`))
    const values = await Promise.all(names.map((name) => this.box<T>(name)))
    return new Map(names.flatMap((name, i) => (values[i] === undefined ? [] : [[name, values[i]]])))
  }

  /** Everything of a child's log that counts, in the order in which it arrived here. */
  async entries(child: number): Promise<Entry[]> {
    const rows = await this.#db.getAll('entries', ofChild(child))
    return this.#unsealAll(rows.filter((row) => row.state !== ASIDE))
  }

  /** What the relay has not acknowledged, oldest first, at most `limit`. */
  async unsent(child: number, limit: number): Promise<Entry[]> {
    return this.#unsealAll(await this.#db.getAllFromIndex('entries', 'state', [child, UNSENT], limit))
  }

  countUnsent(child: number): Promise<number> {
    return this.#db.countFromIndex('entries', 'state', [child, UNSENT])
  }

  async entriesByHash(child: number, hashes: readonly Hex[]): Promise<Entry[]> {
    const found = await Promise.all(hashes.map((hash) => this.#db.getFromIndex('entries', 'hash', [child, hash])))
    return this.#unsealAll(found.filter((row) => row !== undefined))
  }

  /** Which of these are not kept yet. */
  async missing(child: number, hashes: readonly Hex[]): Promise<Set<Hex>> {
    const tx = this.#db.transaction('entries')
    const index = tx.store.index('hash')
    const keys = await Promise.all(hashes.map((hash) => index.getKey([child, hash])))
    return new Set(hashes.filter((_, i) => keys[i] === undefined))
  }

  // ---- writing

  /** Everything of the change, or nothing. */
  write(change: VaultChange): Promise<void> {
    return this.#exclusively(() => this.#write(change))
  }

  async #write(change: VaultChange): Promise<void> {
    // Sealed before the transaction opens: IndexedDB closes a transaction that waits for anything else.
    const boxes = await Promise.all((change.put ?? []).map(async ([name, value]) => [name, await this.#seals.seal(`box ${name}`, value)] as const))
    const rows = await Promise.all((change.entries ?? []).map((entry) => this.#sealEntry(entry)))
    await this.#inOne((tx) =>
      Promise.all([
        ...boxes.map(([name, sealed]) => tx.objectStore('boxes').put(sealed, name)),
        ...(change.remove ?? []).map((name) => tx.objectStore('boxes').delete(name)),
        addEntries(tx, rows),
        ...(change.settled ?? []).map((settled) => settle(tx, settled)),
        ...(change.unsend === undefined ? [] : [unsend(tx, change.unsend)]),
      ]),
    )
  }

  /** One transaction of the tab that writes: all of it on the disk, or nothing. */
  async #inOne(change: (tx: WriteTransaction) => Promise<unknown>): Promise<void> {
    try {
      await this.#commit(change)
    } catch (error) {
      refuse(error)
    }
  }

  async #commit(change: (tx: WriteTransaction) => Promise<unknown>): Promise<void> {
    const tx = this.#db.transaction(['guard', 'boxes', 'entries'], 'readwrite', STRICT)
    try {
      // Another tab became the writer in between: this one's picture of the record is old, and its counters are spent.
      if ((await tx.objectStore('guard').get('writer')) !== this.#writer) throw new Failure('writer-elsewhere')
      await change(tx)
    } catch (error) {
      // The reason comes from the failed request; the transaction's own rejection repeats it.
      tx.done.catch(() => undefined)
      try {
        tx.abort()
      } catch {
        // Already aborted by the browser.
      }
      throw tx.error ?? error
    }
    await tx.done
  }

  async #sealEntry(entry: NewEntry): Promise<SealedEntry> {
    const { child, hash, kind } = entry
    const sealed = await this.#seals.seal(entryPlace(child, hash), [kind, entry.bytes])
    return { child, hash, state: entry.aside === true ? ASIDE : entry.unsent ? UNSENT : SENT, ...sealed }
  }

  #unsealAll(rows: SealedEntry[]): Promise<Entry[]> {
    return Promise.all(
      rows.map(async (row) => {
        const [kind, bytes] = (await this.#seals.unseal(entryPlace(row.child, row.hash), row)) as [EntryKind, Uint8Array]
        return { kind, hash: row.hash, bytes }
      }),
    )
  }
}

/** One change of the vault. Absent parts change nothing. */
export interface VaultChange {
  put?: readonly (readonly [name: string, value: unknown])[]
  remove?: readonly string[]
  entries?: readonly NewEntry[]
  /** What the relay answered about entries. */
  settled?: readonly Settled[]
  /** This child's whole log is to be sent again. */
  unsend?: number
}

export interface NewEntry extends Entry {
  child: number
  /** Made here and not yet acknowledged. */
  unsent: boolean
  /** Kept as evidence, and never given to the core again. */
  aside?: boolean
}

export interface Settled {
  child: number
  hash: Hex
  /** `refused`: for good; kept and shown, not sent again. `unsent`: to be sent once more. `aside`: kept as evidence, never given to the core again. */
  now: 'sent' | 'refused' | 'unsent' | 'aside'
}

/** How the lock is opened. Where it is, there is one. */
const LOCK = 'lock'
const SENT = 0
const UNSENT = 1
const REFUSED = 2
const ASIDE = 3
const STATES = { sent: SENT, unsent: UNSENT, refused: REFUSED, aside: ASIDE } as const
const STRICT = { durability: 'strict' } as const

interface SealedEntry extends Sealed {
  child: number
  /** SHA-256 of the signed bytes: it says nothing about them that the relay does not know. */
  hash: Hex
  state: number
}

interface Schema extends DBSchema {
  keys: { key: string; value: CryptoKey }
  guard: { key: string; value: number }
  boxes: { key: string; value: Sealed }
  entries: {
    key: [number, number]
    value: SealedEntry
    indexes: { hash: [number, string]; state: [number, number] }
  }
}

type WriteTransaction = IDBPTransaction<Schema, ('guard' | 'boxes' | 'entries')[], 'readwrite'>

function layOut(db: IDBPDatabase<Schema>): void {
  db.createObjectStore('keys')
  db.createObjectStore('guard')
  db.createObjectStore('boxes')
  const entries = db.createObjectStore('entries')
  entries.createIndex('hash', ['child', 'hash'], { unique: true })
  entries.createIndex('state', ['child', 'state'])
}

/** Two tabs that begin the vault at once must agree on one key: whoever comes second uses the first's. */
async function ownKey(db: IDBPDatabase<Schema>): Promise<CryptoKey> {
  const kept = await db.get('keys', 'vault')
  if (kept !== undefined) return kept
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const tx = db.transaction('keys', 'readwrite', STRICT)
  const first = await tx.store.get('vault')
  if (first === undefined) await tx.store.put(made, 'vault')
  await tx.done
  return first ?? made
}

/** Appends what is not there yet; the same entry arriving twice is kept once. */
async function addEntries(tx: WriteTransaction, rows: SealedEntry[]): Promise<void> {
  const store = tx.objectStore('entries')
  const next = new Map<number, number>()
  for (const row of rows) {
    if ((await store.index('hash').getKey([row.child, row.hash])) !== undefined) continue
    const position = next.get(row.child) ?? (await lastPosition(tx, row.child)) + 1
    next.set(row.child, position + 1)
    await store.put(row, [row.child, position])
  }
}

async function lastPosition(tx: WriteTransaction, child: number): Promise<number> {
  const cursor = await tx.objectStore('entries').openKeyCursor(ofChild(child), 'prev')
  return cursor?.key[1] ?? 0
}

async function settle(tx: WriteTransaction, settled: Settled): Promise<void> {
  const store = tx.objectStore('entries')
  const key = await store.index('hash').getKey([settled.child, settled.hash])
  const row = key && (await store.get(key))
  if (key !== undefined && row !== undefined) await store.put({ ...row, state: STATES[settled.now] }, key)
}

async function unsend(tx: WriteTransaction, child: number): Promise<void> {
  for (let cursor = await tx.objectStore('entries').openCursor(ofChild(child)); cursor; cursor = await cursor.continue()) {
    if (cursor.value.state !== ASIDE) await cursor.update({ ...cursor.value, state: UNSENT })
  }
}

function ofChild(child: number): IDBKeyRange {
  return IDBKeyRange.bound([child, 0], [child, Number.MAX_SAFE_INTEGER])
}

function entryPlace(child: number, hash: Hex): Place {
  return `entry ${child} ${hash}`
}

function raise(): never {
  throw new Failure('storage-failed', 'something at rest went away')
}

function refuse(error: unknown): never {
  if (error instanceof Failure) throw error
  const full = error instanceof DOMException && error.name === 'QuotaExceededError'
  throw new Failure(full ? 'storage-full' : 'storage-failed', error instanceof Error ? error.name : '', { cause: error })
}
