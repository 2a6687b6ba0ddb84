import { decode, encode } from 'cborg'
import { Failure } from '../logic/result.ts'

/** Bytes at rest. `inner`: they are behind the lock as well, under a key that is kept nowhere in the clear. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>
  data: Uint8Array<ArrayBuffer>
  inner?: Uint8Array<ArrayBuffer>
}

/** Where something lies: a name that is authenticated, so that nothing at rest can be put in another's place. */
export type Place = `box ${string}` | `entry ${string}`

/**
 * What stays under the vault's own key when there is a lock: first screens, photos and cards of the children, so that no
 * PIN ever stands between a child and whoever has to act, and what the lock itself needs. Everything else is behind it.
 */
const OPEN_BOXES = ['settings', 'lock', 'tries', 'cache/', 'photo/', 'news/', 'made/', 'kept-card/', 'glass-seen/', 'opened/']

export function isBehindLock(place: Place): boolean {
  if (place.startsWith('entry ')) return true
  const name = place.slice('box '.length)
  return !OPEN_BOXES.some((open) => (open.endsWith('/') ? name.startsWith(open) : name === open))
}

/** Seals and opens what lies in the vault. */
export class Seals {
  readonly #own: CryptoKey
  #lock: CryptoKey | null = null
  #hasLock = false

  /** `own`: the key that the browser never gives out. */
  constructor(own: CryptoKey) {
    this.#own = own
  }

  get hasLock(): boolean {
    return this.#hasLock
  }

  /** There is a lock, and it is shut. */
  get isShut(): boolean {
    return this.#hasLock && this.#lock === null
  }

  /** `key`: opens the lock; `null`: shuts it. */
  useLock(key: CryptoKey | null): void {
    this.#hasLock = true
    this.#lock = key
  }

  useNoLock(): void {
    this.#hasLock = false
    this.#lock = null
  }

  async seal(place: Place, value: unknown): Promise<Sealed> {
    return this.sealAs(place, encode(value), this.#hasLock ? this.#lock : null)
  }

  /** As [`seal`], with or without this lock. */
  async sealAs(place: Place, plain: Uint8Array, lock: CryptoKey | null): Promise<Sealed> {
    if (!isBehindLock(place) || (!this.#hasLock && lock === null)) return this.#outer(place, plain)
    if (lock === null) throw new Failure('locked')
    return this.#both(place, plain, lock)
  }

  async unseal(place: Place, sealed: Sealed): Promise<unknown> {
    return decode(await this.bytes(place, sealed))
  }

  async bytes(place: Place, sealed: Sealed): Promise<Uint8Array> {
    const outside = await open(cipher(sealed.iv, place), this.#own, sealed.data)
    if (sealed.inner === undefined) return outside
    if (this.#lock === null) throw new Failure('locked')
    return open(cipher(sealed.inner, `locked ${place}`), this.#lock, outside)
  }

  /** Without any lock. */
  bare(place: Place, plain: Uint8Array): Promise<Sealed> {
    return this.#outer(place, plain)
  }

  async #both(place: Place, plain: Uint8Array, lock: CryptoKey): Promise<Sealed> {
    const inner = crypto.getRandomValues(new Uint8Array(12))
    const inside = await crypto.subtle.encrypt(cipher(inner, `locked ${place}`), lock, new Uint8Array(plain))
    return { ...(await this.#outer(place, new Uint8Array(inside))), inner }
  }

  async #outer(place: Place, plain: Uint8Array): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const data = await crypto.subtle.encrypt(cipher(iv, place), this.#own, new Uint8Array(plain))
    return { iv, data: new Uint8Array(data) }
  }
}

/** A lock's key from its 32 bytes. The bytes stay the caller's to wipe. */
export function lockKey(raw: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(raw), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

async function open(how: AesGcmParams, key: CryptoKey, data: Uint8Array): Promise<Uint8Array> {
  const plain = await crypto.subtle.decrypt(how, key, new Uint8Array(data)).catch((cause: unknown) => {
    throw new Failure('storage-failed', 'something at rest was altered', { cause })
  })
  return new Uint8Array(plain)
}

function cipher(iv: BufferSource, name: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`omamori/vault/1 ${name}`) }
}
