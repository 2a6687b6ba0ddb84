import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Vault, type NewEntry } from './vault.ts'

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()))
afterEach(() => vi.restoreAllMocks())

const bytes = (text: string) => new TextEncoder().encode(text)
const entry = (child: number, hash: string, unsent = true): NewEntry => ({ child, hash, kind: 1, bytes: bytes(`signed ${hash}`), unsent })

async function writer(): Promise<Vault> {
  const vault = await Vault.open(() => undefined)
  await vault.becomeWriter()
  return vault
}

test('what was written is there after the app was closed and opened again', async () => {
  const before = await writer()
  await before.write({ put: [['child/1', { name: 'あおい', secret: bytes('keys') }]], entries: [entry(1, 'a'), entry(1, 'b')] })
  before.close()

  const after = await Vault.open(() => undefined)
  expect(await after.box('child/1')).toEqual({ name: 'あおい', secret: bytes('keys') })
  expect((await after.entries(1)).map((e) => e.hash)).toEqual(['a', 'b'])
})

test('nothing of it can be read at rest, and the key cannot be taken out', async () => {
  const vault = await writer()
  await vault.write({ put: [['child/1', { name: 'あおい' }]], entries: [entry(1, 'a')] })
  const [key, rest] = await rawContents()
  expect((key as CryptoKey).extractable).toBe(false)
  const kept = Buffer.concat(rest)
  expect(kept.length).toBeGreaterThan(0)
  for (const plain of ['あおい', 'signed a']) expect(kept.includes(plain)).toBe(false)
})

test('something at rest that was altered or moved is refused, not shown', async () => {
  const vault = await writer()
  await vault.write({ put: [['child/1', 'あおい'], ['child/2', 'はると']] })
  const db = await raw()
  const store = db.transaction('boxes', 'readwrite').objectStore('boxes')
  const first: unknown = await done(store.get('child/1'))
  await done(store.put(first, 'child/2'))
  await expect(vault.box('child/2')).rejects.toThrow('storage-failed')
})

test('the same entry arriving twice is kept once', async () => {
  const vault = await writer()
  await vault.write({ entries: [entry(1, 'a'), entry(1, 'a')] })
  await vault.write({ entries: [entry(1, 'a', false), entry(1, 'b', false)] })
  expect((await vault.entries(1)).map((e) => e.hash)).toEqual(['a', 'b'])
  expect(await vault.countUnsent(1)).toBe(1)
})

test('children keep apart, the eleventh too', async () => {
  const vault = await writer()
  await vault.write({ entries: [entry(1, 'a'), entry(11, 'a'), entry(11, 'b')] })
  expect(await vault.countUnsent(1)).toBe(1)
  expect((await vault.entries(11)).length).toBe(2)
})

test('what the relay acknowledged is not sent again, and neither is what it refused for good', async () => {
  const vault = await writer()
  await vault.write({ entries: ['a', 'b', 'c'].map((hash) => entry(1, hash)) })
  await vault.write({ settled: [{ child: 1, hash: 'a', now: 'sent' }, { child: 1, hash: 'b', now: 'refused' }] })
  expect((await vault.unsent(1, 10)).map((e) => e.hash)).toEqual(['c'])
  expect((await vault.entries(1)).length).toBe(3)
})

test('a tab that lost the right to write can change nothing any more', async () => {
  const first = await writer()
  await first.write({ put: [['child/1', 'old']] })
  const second = await writer()
  await expect(first.write({ put: [['child/1', 'stale']], entries: [entry(1, 'x')] })).rejects.toThrow('writer-elsewhere')
  expect(await second.box('child/1')).toBe('old')
  expect(await second.entries(1)).toEqual([])
})

test('a full disk is said as such, and nothing of the change was kept', async () => {
  const vault = await writer()
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === 'entries') throw new DOMException('the disk is full', 'QuotaExceededError')
    return put.apply(this, args)
  })
  await expect(vault.write({ put: [['child/1', 'new']], entries: [entry(1, 'a')] })).rejects.toMatchObject({ code: 'storage-full' })
  vi.restoreAllMocks()
  expect(await vault.box('child/1')).toBeUndefined()
  expect(await vault.entries(1)).toEqual([])
})

// ---- what lies on the disk

interface Row {
  data: Uint8Array
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('request failed'))
  })
}

function raw(): Promise<IDBDatabase> {
  return done(indexedDB.open('omamori'))
}

async function rawContents(): Promise<[unknown, Buffer[]]> {
  const db = await raw()
  const tx = db.transaction(['keys', 'boxes', 'entries'])
  const key: unknown = await done(tx.objectStore('keys').get('vault'))
  const rows = await Promise.all(['boxes', 'entries'].map((name) => done(tx.objectStore(name).getAll() as IDBRequest<Row[]>)))
  return [key, rows.flat().map((row) => Buffer.from(row.data))]
}
