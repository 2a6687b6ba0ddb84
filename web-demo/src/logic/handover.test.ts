import { expect, test } from 'vitest'
import { afterWrong, NO_TRIES, readCode } from './handover.ts'

test('a code is four to eight digits, on any keyboard', () => {
  expect(readCode('0420')).toBe('0420')
  expect(readCode(' ０４２０ ')).toBe('0420')
  for (const text of ['', '123', '123456789', '12a4']) expect(readCode(text)).toBeNull()
})

test('whoever holds the phone cannot try codes quickly, and the parent is never shut out for more than an hour', () => {
  let tries = NO_TRIES
  for (let i = 0; i < 4; i++) tries = afterWrong(tries, 0)
  expect(tries.until).toBe(0)
  expect((tries = afterWrong(tries, 0)).until).toBe(60_000)
  expect((tries = afterWrong(tries, 0)).until).toBe(120_000)
  for (let i = 0; i < 20; i++) tries = afterWrong(tries, 0)
  expect(tries.until).toBe(3_600_000)
})
