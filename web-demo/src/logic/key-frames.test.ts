import { expect, test } from 'vitest'
import { answerCode, isKeyFrame, KeyFrames, keyFrames, readAnswer } from './key-frames.ts'

const keys = Uint8Array.from({ length: 1262 }, (_, index) => (index * 31) % 256)
const otherKeys = Uint8Array.from({ length: 1262 }, (_, index) => (index * 17 + 3) % 256)

test('the frames read in any order, some twice, are the keys again', () => {
  const frames = keyFrames(keys)
  const reading = new KeyFrames()
  const order = [...frames.slice(2), ...frames.slice(2), ...frames.slice(0, 2)]
  const results = order.map((frame) => reading.take(frame))
  expect(results.slice(0, -1).every((result) => result === null)).toBe(true)
  expect(results.at(-1)).toEqual(keys)
  expect(frames.every((frame) => isKeyFrame(frame) && /^[0-9A-Z$%*+\-./: ]+$/u.test(frame))).toBe(true)
})

test('frames of another phone in between are never mixed into one key', () => {
  const [mine, other] = [keyFrames(keys), keyFrames(otherKeys)]
  const reading = new KeyFrames()
  mine.slice(0, -1).forEach((frame) => reading.take(frame))
  reading.take(other[0] ?? '')
  expect(reading.progress).toEqual({ read: 1, of: other.length })
  expect(reading.take(mine.at(-1) ?? '')).toBeNull()
})

test.each(['', 'omamori-pair:1:00', 'OMAMORI-KEYS:1:1/1:', 'OMAMORI-KEYS:1:0/3:00', 'OMAMORI-KEYS:1:4/3:00', 'OMAMORI-KEYS:1:1/99:00', 'OMAMORI-KEYS:1:1/1:0'])(
  'the code %j adds nothing',
  (text) => {
    const reading = new KeyFrames()
    expect(reading.take(text)).toBeNull()
    expect(reading.progress.read).toBe(0)
  },
)

test('an answer is read again, and nothing else is one', () => {
  expect(readAnswer(answerCode(new Uint8Array([0, 255, 16])))).toEqual(new Uint8Array([0, 255, 16]))
  for (const text of ['OMAMORI-ANSWER:1:', 'OMAMORI-ANSWER:1:0', 'omamori-answer:1:00', 'https://example.jp']) expect(readAnswer(text)).toBeNull()
})
