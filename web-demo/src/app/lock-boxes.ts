import type { KitState } from './state.ts'
import type { Hex, UnixMillis } from '../logic/model.ts'

/** How the lock is opened: its key, sealed under what only its owner has. All of it lies under the vault's own key as well. */
export interface LockBox {
  pin: Uint8Array
  passkey: WrappedByPasskey | null
  /** Minutes out of sight until it shuts. */
  minutes: number
}

export interface WrappedByPasskey {
  credential: Uint8Array
  salt: Uint8Array
  iv: Uint8Array
  data: Uint8Array
}

/** What is known of the words on paper. */
export interface KitBox {
  /** `null`: made on another phone, and who knows when. */
  madeAt: UnixMillis | null
  /** Until three of them were asked back, and no longer: then they are on paper alone. */
  words: string[] | null
  /** The paper's public keys, one for each child there is or may be. */
  publics: Uint8Array[]
  /** Who each of them is. */
  devices: Hex[]
  /** Which key stands in which record. */
  used: Record<Hex, number>
  /** Papers before this one, where they still count. */
  old?: OldPaper[]
}

/** A paper in one record that is to count no more. */
export interface OldPaper {
  record: Hex
  device: Hex
}

export function kitState(kit: KitBox): KitState {
  return { madeAt: kit.madeAt, tested: kit.words === null, records: Object.keys(kit.used), old: (kit.old ?? []).map(({ record }) => record) }
}

/** What is to be taken out when a new paper takes the place of this one: itself, and what was left of those before. */
export function papersOf(kit: KitBox | undefined): OldPaper[] {
  if (kit === undefined) return []
  const own = Object.entries(kit.used).flatMap(([record, index]) => {
    const device = kit.devices[index]
    return device === undefined ? [] : [{ record, device }]
  })
  return [...(kit.old ?? []), ...own]
}

export function withoutPaper(kit: KitBox, { record, device }: OldPaper): KitBox {
  return { ...kit, old: (kit.old ?? []).filter((one) => one.record !== record || one.device !== device) }
}
