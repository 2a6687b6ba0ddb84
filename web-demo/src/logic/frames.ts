/**
 * Bytes from a screen to a camera, where one code does not hold them: a series of codes, shown one after the other, again and again, and
 * read in any order.
 *
 * Each is `PREFIX I/N:HEX` without the blank, in letters and digits that QR codes hold tightly. What is read is believed by what it says
 * itself: keys and applications by the pairing code beside them, an answer by its mac, entries by their signatures.
 */
export interface Series {
  prefix: string
  /** Bytes of one code. */
  part: number
  most: number
}

/** What a pairing code is about, from the guest's screen: a phone's public keys, or an organisation's application. */
export const KEYS: Series = { prefix: 'OMAMORI-KEYS:1:', part: 260, most: 16 }
/** What lets the guest in and shows it the first screen: from the parent's. */
export const ANSWER: Series = { prefix: 'OMAMORI-ANSWER:2:', part: 400, most: 240 }

/** The codes to show. `null`: too much for this way. */
export function framesOf(series: Series, bytes: Uint8Array): string[] | null {
  const count = Math.max(1, Math.ceil(bytes.length / series.part))
  if (count > series.most) return null
  return Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * series.part, (index + 1) * series.part)
    return `${series.prefix}${String(index + 1)}/${String(count)}:${hex(part)}`
  })
}

export function isFrameOf(series: Series, text: string): boolean {
  return text.startsWith(series.prefix)
}

/** Frames read so far. A frame of another series begins anew. */
export class Frames {
  readonly #series: Series
  #parts: (Uint8Array | undefined)[] = []

  constructor(series: Series) {
    this.#series = series
  }

  /** The whole, as soon as every frame was read; `null` until then. */
  take(text: string): Uint8Array | null {
    const { prefix, most } = this.#series
    const match = text.startsWith(prefix) ? /^(\d{1,3})\/(\d{1,3}):((?:[0-9A-F]{2})+)$/u.exec(text.slice(prefix.length)) : null
    const [index, count] = [Number(match?.[1]), Number(match?.[2])]
    if (match?.[3] === undefined || count > most || index < 1 || index > count) return null
    const part = unhex(match[3])
    const known = this.#parts[index - 1]
    const other = this.#parts.length !== count || (known !== undefined && !same(known, part))
    if (other) this.#parts = Array.from({ length: count })
    this.#parts[index - 1] = part
    return this.#parts.every((one) => one !== undefined) ? joined(this.#parts) : null
  }

  get progress(): Filming {
    return { read: this.#parts.filter((part) => part !== undefined).length, of: this.#parts.length }
  }
}

/** How many codes were read, of how many. */
export interface Filming {
  read: number
  of: number
}

/** Is it time to say aloud how far it is? At the beginning, at each quarter, and when it begins anew. */
export function isWorthSaying(said: Filming, now: Filming): boolean {
  const quarter = ({ read, of }: Filming): number => Math.floor((4 * read) / of)
  return now.read > 0 && (said.of !== now.of || now.read < said.read || quarter(said) < quarter(now))
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
