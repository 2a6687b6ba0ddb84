/** A release as the digits of one QR code: 7 bytes as 17 digits, which codes hold almost as densely as bytes, in every camera. */

const MARK = '77'
const GROUP = 7
const DIGITS = 17
/** Digits of the last 1 to 6 bytes. */
const LAST = [0, 3, 5, 8, 10, 13, 15]

export function toCode(bytes: Uint8Array): string {
  let code = MARK
  for (let at = 0; at < bytes.length; at += GROUP) {
    const group = bytes.subarray(at, at + GROUP)
    const number = group.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
    code += number.toString().padStart(group.length === GROUP ? DIGITS : (LAST[group.length] ?? 0), '0')
  }
  return code
}

export function isReleaseCode(text: string): boolean {
  return text.length > 1000 && /^77[0-9]+$/u.test(text)
}

/** `null`: not such a code. Whether it is a good release, the core says. */
export function fromCode(text: string): Uint8Array | null {
  if (!isReleaseCode(text)) return null
  const digits = text.slice(MARK.length)
  const bytes: number[] = []
  for (let at = 0; at < digits.length; at += DIGITS) {
    const group = digits.slice(at, at + DIGITS)
    const length = group.length === DIGITS ? GROUP : LAST.indexOf(group.length)
    if (length <= 0) return null
    let number = BigInt(group)
    if (number >= 256n ** BigInt(length)) return null
    const part: number[] = []
    for (let n = 0; n < length; n++) {
      part.unshift(Number(number % 256n))
      number /= 256n
    }
    bytes.push(...part)
  }
  return Uint8Array.from(bytes)
}
