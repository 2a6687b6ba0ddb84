/**
 * A phone's public keys as a short series of codes, for letting somebody in without any network: the keys are too long for one
 * code that a phone reads easily.
 *
 * Each frame is `OMAMORI-KEYS:1:I/N:HEX`, letters and digits that QR codes hold tightly; they are shown one after the other,
 * again and again, and may be read in any order. Whose keys they are is proven by the pairing code beside them: the keys must
 * hash to the device it names.
 */
const PREFIX = 'OMAMORI-KEYS:1:'
const FRAME_BYTES = 260
const MOST_FRAMES = 16

/** The frames to show, each a QR of its own. */
export function keyFrames(bytes: Uint8Array): string[] {
  const count = Math.max(1, Math.ceil(bytes.length / FRAME_BYTES))
  return Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES)
    return `${PREFIX}${String(index + 1)}/${String(count)}:${hex(part)}`
  })
}

export function isKeyFrame(text: string): boolean {
  return text.startsWith(PREFIX)
}

/** Frames read so far. A frame of another series begins anew. */
export class KeyFrames {
  #parts: (Uint8Array | undefined)[] = []

  /** The whole, as soon as every frame was read; `null` until then. */
  take(text: string): Uint8Array | null {
    const match = /^OMAMORI-KEYS:1:(\d{1,2})\/(\d{1,2}):((?:[0-9A-F]{2})+)$/u.exec(text)
    const [index, count] = [Number(match?.[1]), Number(match?.[2])]
    if (match?.[3] === undefined || count > MOST_FRAMES || index < 1 || index > count) return null
    const part = unhex(match[3])
    const known = this.#parts[index - 1]
    const other = this.#parts.length !== count || (known !== undefined && !same(known, part))
    if (other) this.#parts = Array.from({ length: count })
    this.#parts[index - 1] = part
    return this.#parts.every((one) => one !== undefined) ? joined(this.#parts) : null
  }

  /** How many of how many. */
  get progress(): { read: number; of: number } {
    return { read: this.#parts.filter((part) => part !== undefined).length, of: this.#parts.length }
  }
}

/** The answer to a pairing, as one code: `OMAMORI-ANSWER:1:HEX`. */
const ANSWER = 'OMAMORI-ANSWER:1:'

export function answerCode(reply: Uint8Array): string {
  return ANSWER + hex(reply)
}

/** `null`: some other code. */
export function readAnswer(text: string): Uint8Array | null {
  const digits = text.startsWith(ANSWER) ? text.slice(ANSWER.length) : ''
  return /^(?:[0-9A-F]{2})+$/u.test(digits) ? unhex(digits) : null
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()
}

function unhex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16))
}
