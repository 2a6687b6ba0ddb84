import { now } from '../../io/clock.ts'
import { openByPasskey, wrapByPasskey } from '../../io/passkey.ts'
import { lockKey } from '../../io/seals.ts'
import { afterWrong, NO_TRIES, waiting, type Tries } from '../../logic/backoff.ts'
import { readCode } from '../../logic/handover.ts'
import type { CardMade } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import { Core } from '../../worker/core.ts'
import type { Answer, Request } from '../../worker/protocol.ts'
import type { Unlock } from '../actions.ts'
import { isWriter, openUp, session, shutDown, takeOver } from '../boot.ts'
import type { LockBox } from '../lock-boxes.ts'
import { app } from '../state.svelte.ts'

/** The app's own lock. A PIN is four to eight digits; what is asked for with a wrong one answers how long to wait. */
export interface LockActions {
  /** Puts everything but first screens and cards behind a PIN. */
  setLock(pin: string, minutes: number): Promise<void>
  changePin(current: string, next: string): Promise<Unlock>
  removeLock(current: string): Promise<Unlock>
  /** Fingerprint or face, beside the PIN. */
  addPasskey(current: string): Promise<Unlock>
  removePasskey(): Promise<void>
  setLockMinutes(minutes: number): Promise<void>
  openLock(pin: string): Promise<Unlock>
  openLockByPasskey(): Promise<void>
  /** When the next try is taken; 0 if at once. */
  nextTry(): Promise<number>
  shutLock(): Promise<void>
  /** The PIN is forgotten: everything behind it goes from this phone, first screens and cards stay. */
  giveUpLock(): Promise<void>
  /** The card as it was last made, for a phone whose lock is shut. */
  keptCard(child: ChildId): Promise<CardMade | null>
}

export const lockActions: LockActions = {
  setLock,
  changePin: (current, next) =>
    withKey(current, async (raw, lock) => {
      await save({ ...lock, pin: await sealed(next, raw) })
    }),
  removeLock: (current) =>
    withKey(current, async () => {
      await session().vault.takeOut()
      await session().write({ remove: ['lock', 'tries'] })
      app.lock = null
    }),
  addPasskey: (current) =>
    withKey(current, async (raw, lock) => {
      await save({ ...lock, passkey: await wrapByPasskey(raw) })
    }),
  removePasskey: async () => save({ ...(await lockBox()), passkey: null }),
  setLockMinutes: async (minutes) => save({ ...(await lockBox()), minutes }),
  openLock: async (pin) => {
    if (!isWriter()) await takeOver()
    return await withKey(pin, openWith)
  },
  openLockByPasskey: async () => {
    if (!isWriter()) await takeOver()
    const { passkey } = await lockBox()
    if (passkey === null) throw new Failure('no-passkey')
    await wiping(await openByPasskey(passkey), openWith)
  },
  nextTry: async () => {
    const before = await triesSoFar()
    const { left, tries } = waiting(before, now())
    // The clock was set back: the wait that begins anew is the one that is kept, or it would begin with every look.
    if (tries !== before && isWriter()) await session().write({ put: [['tries', tries]] })
    return left === 0 ? 0 : now() + left
  },
  shutLock: () => shutDown(),
  giveUpLock: async () => {
    if (!isWriter()) await takeOver()
    await session().vault.discardBehind()
    await openUp()
  },
  keptCard: async (child) => (await session().vault.box<CardMade>(`kept-card/${child}`)) ?? null,
}

/** What a PIN seals here is the lock's key, and nothing else opens by it. */
const PURPOSE = 'omamori/vault/lock'

async function setLock(pin: string, minutes: number): Promise<void> {
  const own = session()
  // Only the tab that writes holds the records, and only then can all of them be moved.
  const { records, vault } = own
  if (vault.hasLock) throw new Failure('not-allowed', 'there is a lock')
  await wiping(crypto.getRandomValues(new Uint8Array(32)), async (raw) => {
    const lock: LockBox = { pin: await sealed(pin, raw), passkey: null, minutes }
    await records.settled()
    await vault.putBehind(await lockKey(raw), lock)
    app.lock = { hasPasskey: false, minutes }
  })
  await own.write({ put: [['tries', NO_TRIES]] })
  for (const child of app.children) await own.keepCard(Number(child.id))
}

async function openWith(raw: Uint8Array): Promise<void> {
  session().vault.open(await lockKey(raw))
  await openUp()
}

/**
 * Does something with the lock's key, if the PIN is right. A try is counted before it is made: an app that is killed meanwhile
 * has used it up.
 */
async function withKey(text: string, act: (raw: Uint8Array, lock: LockBox) => Promise<void>): Promise<Unlock> {
  const own = session()
  const { left, tries } = waiting(await triesSoFar(), now())
  if (left > 0) {
    await own.write({ put: [['tries', tries]] })
    return { kind: 'wait', until: now() + left }
  }
  const pin = readCode(text)
  if (pin === null) return { kind: 'wrong', tries: tries.wrong }
  const [lock, after] = [await lockBox(), afterWrong(tries, now())]
  await own.write({ put: [['tries', after]] })
  const raw = await askOnce({ do: 'open-pin', pin, sealed: lock.pin, purpose: PURPOSE }).catch(async (error: unknown) => {
    if (error instanceof Failure && error.code === 'wrong-pin') return null
    await own.write({ put: [['tries', tries]] })
    throw error
  })
  if (raw === null) return after.wait > 0 ? { kind: 'wait', until: after.until } : { kind: 'wrong', tries: after.wrong }
  await own.write({ put: [['tries', NO_TRIES]] })
  await wiping(raw, () => act(raw, lock))
  return { kind: 'open' }
}

async function triesSoFar(): Promise<Tries> {
  return (await session().vault.box<Tries>('tries')) ?? NO_TRIES
}

async function lockBox(): Promise<LockBox> {
  const lock = await session().vault.box<LockBox>('lock')
  if (lock === undefined) throw new Failure('not-allowed', 'there is no lock')
  return lock
}

async function save(lock: LockBox): Promise<void> {
  await session().write({ put: [['lock', lock]] })
  app.lock = { hasPasskey: lock.passkey !== null, minutes: lock.minutes }
}

function sealed(text: string, raw: Uint8Array): Promise<Uint8Array> {
  const pin = readCode(text)
  if (pin === null) throw new Failure('not-a-code')
  return askOnce({ do: 'seal-pin', pin, content: raw, purpose: PURPOSE })
}

/** In a worker of its own: it works while the records are closed, and its 64 MiB of memory go with it. */
async function askOnce<R extends Request>(request: R): Promise<Answer<R>> {
  const core = Core.start()
  try {
    return await core.ask(request)
  } finally {
    core.stop()
  }
}

async function wiping<T>(secret: Uint8Array, use: (secret: Uint8Array) => Promise<T>): Promise<T> {
  try {
    return await use(secret)
  } finally {
    secret.fill(0)
  }
}
