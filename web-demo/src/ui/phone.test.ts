import { expect, test } from 'vitest'
import { phoneNumber } from './phone.ts'

test('a number is found with whom it reaches and what stands after it', () => {
  expect(phoneNumber('こども病院 夜間 000-0000-0105 診察券 A-1234567')).toEqual({
    before: 'こども病院 夜間',
    number: '000-0000-0105',
    dial: '00000000105',
    after: '診察券 A-1234567',
  })
})

test('119 can be called, and a foreign number keeps its plus', () => {
  expect(phoneNumber('119')?.dial).toBe('119')
  expect(phoneNumber('+81 3-0000-0000')?.dial).toBe('+81300000000')
})

test.each(['A-1234567', '診察券', '第3版', ''])('%s is no number to call', (text) => {
  expect(phoneNumber(text)).toBeNull()
})
