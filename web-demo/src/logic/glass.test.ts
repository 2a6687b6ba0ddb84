import { describe, expect, it } from 'vitest'
import { hasEnded, isOfficerPin, readTownCode, shortNumber, townCode, unseen, type GlassOpening } from './glass.ts'

const TOWN = 'ab'.repeat(32)
const opening = (id: string): GlassOpening => ({ id, municipality: TOWN, name: 'みどり市', officers: [], reason: null, from: 0, until: 10 })

describe("a town hall's code", () => {
  it('is read from a poster, with capitals, spaces and dashes', () => {
    expect(readTownCode(townCode(TOWN))).toBe(TOWN)
    expect(readTownCode(TOWN.toUpperCase())).toBe(TOWN)
    expect(readTownCode('abab '.repeat(16).trim())).toBe(TOWN)
  })
  it('is not any other text', () => {
    for (const text of ['', 'ab', `${TOWN}ab`, `omamori-pair:1:${TOWN}`, 'https://example.jp/']) expect(readTownCode(text)).toBeNull()
  })
})

it('what the family has not yet acknowledged comes newest first', () => {
  expect(unseen([opening('1'), opening('2'), opening('3')], ['2']).map((o) => o.id)).toEqual(['3', '1'])
})

it('an opening ends after its last moment', () => {
  expect(hasEnded(opening('1'), 10)).toBe(false)
  expect(hasEnded(opening('1'), 11)).toBe(true)
})

it("a child's number on a form is short and shows nothing of the child", () => {
  expect(shortNumber('0123456789')).toBe('0123-4567')
})

it('an officer chooses at least six digits', () => {
  expect(isOfficerPin('123456')).toBe(true)
  for (const text of ['12345', 'abcdef', '１２３４５６', '']) expect(isOfficerPin(text)).toBe(false)
})
