import type { Hex } from '../logic/model.ts'

/** SHA-256, as the core and the relay name entries. */
export async function sha256(bytes: Uint8Array): Promise<Hex> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource)))
}

export function toHex(bytes: Uint8Array): Hex {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}
