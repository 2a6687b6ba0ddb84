import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lockKey } from './seals.ts'
import { Vault } from './vault.ts'

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()))
afterEach(() => vi.restoreAllMocks())

const bytes = (text: string) => new TextEncoder().encode(text)
const KEY = new Uint8Array(32).fill(7)
const LOCK = { pin: bytes('sealed') }

/** A phone with two children, as it is before anybody thinks of a PIN. */
async function phone(): Promise<Vault> {
  const vault = await opened()
  await vault.write({
    put: [['child/1', { secret: 'あおい' }], ['child/2', { secret: 'はると' }], ['cache/1', '緊急画面'], ['settings', { locale: 'ja' }]],
    entries: ['a', 'b', 'c'].map((hash) => ({ child: 1, hash, kind: 1, bytes: bytes(hash), unsent: hash === 'c' })),
  })
  return vault
}

async function opened(): Promise<Vault> {
  const vault = await Vault.open(() => undefined)
  await vault.becomeWriter()
  return vault
}

/** The same phone after the app was closed. */
async function again(before: Vault): Promise<Vault> {
  before.close()
  return await opened()
}

async function expectWhole(vault: Vault): Promise<void> {
  expect((await vault.boxes('child/')).size).toBe(2)
  expect((await vault.entries(1)).map((e) => e.hash)).toEqual(['a', 'b', 'c'])
  expect((await vault.unsent(1, 9)).map((e) => e.hash)).toEqual(['c'])
}

describe('a locked phone', () => {
  test('shows the first screen, and neither keys nor records', async () => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    await expectWhole(before)

    const vault = await again(before)
    expect([vault.hasLock, vault.isShut]).toEqual([true, true])
    expect(await vault.box('cache/1')).toBe('緊急画面')
    expect(await vault.box('settings')).toEqual({ locale: 'ja' })
    expect(await vault.box('lock')).toEqual(LOCK)
    await expect(vault.box('child/1')).rejects.toThrow('locked')
    await expect(vault.entries(1)).rejects.toThrow('locked')
    await expect(vault.write({ put: [['draft/x', 1]] })).rejects.toThrow('locked')
    await vault.write({ put: [['tries', 1], ['news/1', 0]] })
  })

  test('opens with its key, and not with another one', async () => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    const vault = await again(before)
    vault.open(await lockKey(new Uint8Array(32)))
    await expect(vault.box('child/1')).rejects.toThrow('storage-failed')
    vault.open(await lockKey(KEY))
    await expectWhole(vault)
    vault.shut()
    await expect(vault.box('child/1')).rejects.toThrow('locked')
  })

  test('takes changes again when it is open, and keeps them behind the lock', async () => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    await before.write({ put: [['child/3', { secret: 'さくら' }]] })
    const vault = await again(before)
    await expect(vault.box('child/3')).rejects.toThrow('locked')
    vault.open(await lockKey(KEY))
    expect(await vault.box('child/3')).toEqual({ secret: 'さくら' })
  })

  test('is without a lock as it was before', async () => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    await before.takeOut()
    const vault = await again(before)
    expect(vault.hasLock).toBe(false)
    await expectWhole(vault)
  })

  test('whose PIN is forgotten keeps the first screens and nothing else', async () => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    const vault = await again(before)
    await vault.discardBehind()
    expect(vault.hasLock).toBe(false)
    expect(await vault.box('cache/1')).toBe('緊急画面')
    expect((await vault.boxes('child/')).size).toBe(0)
    expect(await vault.entries(1)).toEqual([])
  })
})

describe('a phone that dies in the middle of the move loses nothing', () => {
  // Two children, three entries and the lock itself.
  const STEPS = [1, 2, 3, 4, 5, 6]

  test.each(STEPS)('behind the lock, at write %i', async (step) => {
    const before = await phone()
    await expect(dyingAt(step, () => lockKey(KEY).then((key) => before.putBehind(key, LOCK)))).rejects.toThrow('storage')
    await expectWhole(before)
    const vault = await again(before)
    expect(vault.hasLock).toBe(false)
    await expectWhole(vault)
  })

  test.each(STEPS.slice(0, 5))('out of it, at write %i', async (step) => {
    const before = await phone()
    await before.putBehind(await lockKey(KEY), LOCK)
    await expect(dyingAt(step, () => before.takeOut())).rejects.toThrow('storage')
    const vault = await again(before)
    expect(vault.isShut).toBe(true)
    vault.open(await lockKey(KEY))
    await expectWhole(vault)
  })
})

test('what is written while everything moves is there afterwards', async () => {
  const vault = await phone()
  const moving = vault.putBehind(await lockKey(KEY), LOCK)
  const writing = vault.write({ put: [['child/2', { secret: 'new' }], ['draft/start', 'typed']] })
  await Promise.all([moving, writing])
  const after = await again(vault)
  await expect(after.box('draft/start')).rejects.toThrow('locked')
  after.open(await lockKey(KEY))
  expect(await after.box('draft/start')).toBe('typed')
  expect(await after.box('child/2')).toEqual({ secret: 'new' })
})

test('a tab that is not the one that writes moves nothing', async () => {
  const other = await phone()
  const vault = await opened()
  await expect(lockKey(KEY).then((key) => other.putBehind(key, LOCK))).rejects.toThrow('writer-elsewhere')
  await expectWhole(vault)
})

/** The browser fails at one of the writes; what it had taken of the transaction is gone with it. */
async function dyingAt(step: number, act: () => Promise<unknown>): Promise<unknown> {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the store it belongs to
  const real = IDBObjectStore.prototype.put
  let count = 0
  const dying = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    count += 1
    if (count === step) throw new DOMException('dead', 'UnknownError')
    return real.apply(this, args)
  })
  return await act().finally(() => dying.mockRestore())
}
