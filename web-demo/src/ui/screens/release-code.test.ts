import { expect, it } from 'vitest'
import { fromCode, isReleaseCode, toCode } from './release-code.ts'

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 151 + 13) % 256)

it('what one officer signed comes out of the code as it went in, of whatever length', () => {
  for (const length of [700, 701, 702, 703, 704, 705, 706, 1900]) expect(fromCode(toCode(bytes(length)))).toEqual(bytes(length))
})

it('a release fits one QR code of digits', () => {
  // Version 40 at error correction M holds 5,596 digits.
  expect(toCode(bytes(2200)).length).toBeLessThan(5596)
})

it('other codes are passed over', () => {
  for (const text of ['', 'https://example.jp/c#123', '77123', `77${'9'.repeat(1700)}`, `${toCode(bytes(700))}1`]) {
    expect(fromCode(text)).toBeNull()
  }
  expect(isReleaseCode('9'.repeat(2000))).toBe(false)
})
