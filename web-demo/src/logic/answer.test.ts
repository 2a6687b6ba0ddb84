import { encode } from 'cborg'
import { expect, test } from 'vitest'
import { readAnswer, writeAnswer } from './answer.ts'

test('an answer is read as it was written, and nothing else is one', () => {
  const answer = { reply: new Uint8Array([1, 2]), entries: [{ kind: 0 as const, bytes: new Uint8Array([3]) }, { kind: 3 as const, bytes: new Uint8Array() }] }
  expect(readAnswer(writeAnswer(answer))).toEqual(answer)
  expect(readAnswer(writeAnswer(answer).slice(0, -1))).toBeNull()
  for (const other of [1, [], [new Uint8Array()], ['reply', []], [new Uint8Array(), [[5, new Uint8Array()]]], [new Uint8Array(), [[0, 'text']]]]) {
    expect(readAnswer(encode(other))).toBeNull()
  }
})
