import { expect, test } from 'vitest'
import { afterWrong, NO_TRIES, waiting, type Tries } from './backoff.ts'

const MINUTE = 60_000
const NOON = 1_790_000_000_000

function wrong(times: number, from: Tries = NO_TRIES, at = NOON): Tries {
  let tries = from
  for (let i = 0; i < times; i++) tries = afterWrong(tries, at)
  return tries
}

test('a tired parent has four tries, then waits a minute, then twice as long each time, up to an hour', () => {
  expect(waiting(wrong(4), NOON).left).toBe(0)
  const waits = [5, 6, 7, 8, 9, 10, 11, 12, 20].map((times) => waiting(wrong(times), NOON).left / MINUTE)
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('the time left is told as it is', () => {
  expect(waiting(wrong(7), NOON + MINUTE).left).toBe(3 * MINUTE)
  expect(waiting(wrong(7), NOON + 4 * MINUTE).left).toBe(0)
})

test('a clock set back neither ends the wait nor makes it last for years', () => {
  const { left, tries } = waiting(wrong(7), NOON - 365 * 24 * 60 * MINUTE)
  expect(left).toBe(4 * MINUTE)
  expect(waiting(tries, NOON - 365 * 24 * 60 * MINUTE + MINUTE).left).toBe(3 * MINUTE)
})
