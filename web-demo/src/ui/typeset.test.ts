import { expect, test } from 'vitest'
import { typeset } from './typeset.ts'

const terms = new Set(['SpO2', 'カニューレ', '気管カニューレ', 'FiO2'])
const kept = (text: string) =>
  typeset(text)
    .filter((piece) => piece.kind === 'keep')
    .map((piece) => piece.text.trim())
const explained = (text: string) =>
  typeset(text, terms)
    .filter((piece) => piece.kind === 'term')
    .map((piece) => piece.text)

test.each([
  ['体重は9.0 kgでした', ['9.0 kg']],
  ['注入 150mLを75mL/hで2時間', ['150mL', '75mL/h', '2時間']],
  ['吸引10分ごと', ['10分']],
  ['夜間 000-0000-0105 へ', ['000-0000-0105']],
  ['4.0→3.5→119', ['4.0→3.5→119']],
])('a number never parts from its unit: %s', (text, whole) => {
  expect(kept(text)).toEqual(whole)
})

test.each(['PC-A/C 16/5 RR24 Ti0.70 FiO2 0.21', '呼吸器を外さない(1分もたない)', 'SpO2<90', '', '診察券 A-1234567', '１２ｋｇ'])(
  'nothing that was written is lost: %s',
  (text) => {
    expect(
      typeset(text, terms)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  },
)

test('a term can be tapped beside its value, and the longer of two terms is meant', () => {
  expect(explained('SpO2 96–99%')).toEqual(['SpO2'])
  expect(explained('気管カニューレ 内径4.0')).toEqual(['気管カニューレ'])
  expect(explained('SpO2X')).toEqual([])
})

test('what is too long for a phone may break', () => {
  expect(kept('1234567890123456789012345')).toEqual([])
})
