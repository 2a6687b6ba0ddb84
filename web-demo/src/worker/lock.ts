/** What the core does for the lock and for the words on paper. */
import type { Kit } from '../generated/vault/omamori_wasm.js'
import type { Hex } from '../logic/model.ts'
import type { Answers, Request } from './protocol.ts'
import { vault } from './module.ts'

export type LockRequest =
  /** Slow on purpose. */
  | { do: 'seal-pin'; pin: string; content: Uint8Array; purpose: string }
  /** Throws `wrong-pin`. As slow. */
  | { do: 'open-pin'; pin: string; sealed: Uint8Array; purpose: string }
  /** New words, and the keys that so many records will know the paper by. */
  | { do: 'kit-new'; count: number }
  | { do: 'kit-list' }
  /** Throws `words-count`, `words-unknown`, `words-checksum`. */
  | { do: 'kit-keys'; words: string; from: number; count: number }
  | { do: 'kit-public'; words: string; count: number }
  | { do: 'device-of'; secret: Uint8Array }
  | { do: 'kit-prove'; secret: Uint8Array; nonce: Hex }

export interface LockAnswers {
  'seal-pin': Uint8Array
  'open-pin': Uint8Array
  'kit-new': Publics & { words: string[] }
  'kit-list': string[]
  'kit-keys': { secret: Uint8Array; device: Hex }[]
  'kit-public': Publics
  'device-of': Hex
  'kit-prove': Hex
}

/** By index: public keys, and the ids of those who have them. */
interface Publics {
  publics: Uint8Array[]
  devices: Hex[]
}

/** A device that is in the record now. */
export interface KnownDevice {
  device: Hex
  name: string
  /** Of this phone's own person. */
  own: boolean
}

export function handleLock(request: Extract<Request, LockRequest>): Answers[LockRequest['do']] {
  switch (request.do) {
    case 'seal-pin':
      return wiping(request.content, () => vault.sealUnderPin(request.pin, request.content, request.purpose))
    case 'open-pin':
      return vault.openUnderPin(request.pin, request.sealed, request.purpose)
    case 'kit-new':
      return withKit(vault.Kit.generate(), (kit) => ({ words: kit.words().map(composed), ...publics(kit, request.count) }))
    case 'kit-list':
      return vault.recoveryList().map(composed)
    case 'kit-keys':
      return withKit(vault.Kit.read(request.words), (kit) =>
        places(request.from, request.count).map((index) => ({ secret: kit.secretKeys(index), device: deviceAt(kit, index) })),
      )
    case 'kit-public':
      return withKit(vault.Kit.read(request.words), (kit) => publics(kit, request.count))
    case 'device-of':
      return vault.deviceOf(request.secret)
    case 'kit-prove':
      return vault.proveKeys(request.secret, request.nonce)
  }
}

/** Freed as soon as it was used: the module wipes it. */
function withKit<T>(kit: Kit, use: (kit: Kit) => T): T {
  try {
    return use(kit)
  } finally {
    kit.free()
  }
}

function wiping<T>(secret: Uint8Array, use: () => T): T {
  try {
    return use()
  } finally {
    secret.fill(0)
  }
}

function publics(kit: Kit, count: number): Publics {
  const indices = places(0, count)
  return { publics: indices.map((index) => kit.publicKeys(index)), devices: indices.map((index) => deviceAt(kit, index)) }
}

function deviceAt(kit: Kit, index: number): Hex {
  const secret = kit.secretKeys(index)
  return wiping(secret, () => vault.deviceOf(secret))
}

function places(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** The list writes each voicing mark as a character of its own; people and keyboards do not. */
function composed(word: string): string {
  return word.normalize('NFC')
}
