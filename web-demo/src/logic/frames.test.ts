import { expect, test } from 'vitest'
import { ANSWER, type Filming, Frames, framesOf, isFrameOf, isWorthSaying, KEYS } from './frames.ts'

const keys = Uint8Array.from({ length: 1262 }, (_, index) => (index * 31) % 256)
const otherKeys = Uint8Array.from({ length: 1262 }, (_, index) => (index * 17 + 3) % 256)
const framesOfKeys = (bytes: Uint8Array): string[] => framesOf(KEYS, bytes) ?? []

test('the frames read in any order, some twice, are the keys again', () => {
  const frames = framesOfKeys(keys)
  const reading = new Frames(KEYS)
  const order = [...frames.slice(2), ...frames.slice(2), ...frames.slice(0, 2)]
  const results = order.map((frame) => reading.take(frame))
  expect(results.slice(0, -1).every((result) => result === null)).toBe(true)
  expect(results.at(-1)).toEqual(keys)
  expect(frames.every((frame) => isFrameOf(KEYS, frame) && /^[0-9A-Z$%*+\-./: ]+$/u.test(frame))).toBe(true)
})

test('frames of another phone in between are never mixed into one key', () => {
  const [mine, other] = [framesOfKeys(keys), framesOfKeys(otherKeys)]
  const reading = new Frames(KEYS)
  mine.slice(0, -1).forEach((frame) => reading.take(frame))
  reading.take(other[0] ?? '')
  expect(reading.progress).toEqual({ read: 1, of: other.length })
  expect(reading.take(mine.at(-1) ?? '')).toBeNull()
})

test('an answer is read by who waits for one, and by nobody who waits for keys', () => {
  const answer = Uint8Array.from({ length: 30_000 }, (_, index) => (index * 7 + 1) % 256)
  const frames = framesOf(ANSWER, answer) ?? []
  const [guest, parent] = [new Frames(ANSWER), new Frames(KEYS)]
  expect(frames.map((frame) => guest.take(frame)).at(-1)).toEqual(answer)
  for (const frame of frames) expect(parent.take(frame)).toBeNull()
  expect(parent.progress.of).toBe(0)
  expect(framesOf(ANSWER, new Uint8Array(ANSWER.part * ANSWER.most + 1))).toBeNull()
})

test.each(['', 'omamori-pair:1:00', 'OMAMORI-KEYS:1:1/1:', 'OMAMORI-KEYS:1:0/3:00', 'OMAMORI-KEYS:1:4/3:00', 'OMAMORI-KEYS:1:1/99:00', 'OMAMORI-KEYS:1:1/1:0'])(
  'the code %j adds nothing',
  (text) => {
    const reading = new Frames(KEYS)
    expect(reading.take(text)).toBeNull()
    expect(reading.progress.read).toBe(0)
  },
)

test('whoever listens hears the beginning, each quarter and the end, not every code', () => {
  let said: Filming = { read: 0, of: 0 }
  const heard: number[] = []
  const hears = (now: Filming) => {
    if (!isWorthSaying(said, now)) return
    said = now
    heard.push(now.read)
  }
  for (let read = 1; read <= 30; read += 1) hears({ read, of: 30 })
  expect(heard).toEqual([1, 8, 15, 23, 30])
  // It did not fit, and begins anew.
  hears({ read: 0, of: 0 })
  hears({ read: 1, of: 30 })
  expect(heard.at(-1)).toBe(1)
})
