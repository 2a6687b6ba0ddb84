import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import glossary from './glossary.json'

const spellings = glossary.flatMap((entry) => [entry.term, ...entry.aliases])

test('every entry is plain in both languages', () => {
  for (const entry of glossary) {
    expect(entry.reading, entry.term).toMatch(/^[ぁ-んー・]+$/u)
    expect(entry.plain_ja, entry.term).toMatch(/[ぁ-ん]/u)
    expect(entry.english, entry.term).toMatch(/^[\p{ASCII}]+$/u)
    expect(entry.plain_en, entry.term).toMatch(/^[\p{ASCII}–]+\.$/u)
  }
})

test('a word is explained in one place', () => {
  expect(spellings.filter((spelling, i) => spellings.indexOf(spelling) !== i)).toEqual([])
})

test('what a life hangs on is marked', () => {
  const vital = glossary.filter((entry) => entry.vital).map((entry) => entry.term)
  expect(vital).toEqual(expect.arrayContaining(['人工呼吸器', 'カニューレ', '吸引', '胃ろう', 'インスリン', '重積', '副腎不全']))
  expect(vital).not.toContain('お薬手帳')
})

// Units and signs that stand beside a number, and names that are explained by the words around them.
const CLEAR = ['h', 'mg', 'mL', 'g', 'L', 'm', 'mA', 'cm', 'mm', 'mmol/L', 'mAh', 'W', 'V', 'AC', 'on/', 'off', 'kg', 'D', 'B', 'Ca', 'Na', 'A', 'QR', 'SMS']

test.each(['aoi', 'haruto', 'rin', 'sota'])('every abbreviation in the record of %s is explained', (child) => {
  const unknown = values(child)
    .flatMap((text) => text.match(/[A-Za-z][A-Za-z0-9]*(?:[-/][A-Za-z0-9]+)*/gu) ?? [])
    .filter((word) => !spellings.includes(word))
    .map((word) => word.replace(/[0-9].*$/u, ''))
    .filter((word) => !spellings.includes(word) && !CLEAR.includes(word))
  expect(unknown).toEqual([])
})

interface Facts {
  facts: { statements: { fields?: Record<string, string | boolean | string[]> }[] }[]
}

/** Texts that a family wrote: what has a Japanese letter in it, or a number. */
function values(child: string): string[] {
  const file = new URL(`../../../tests/cases/${child}.json`, import.meta.url)
  const record = JSON.parse(readFileSync(file, 'utf8')) as Facts
  return record.facts
    .flatMap((fact) => fact.statements)
    .flatMap((statement) => Object.values(statement.fields ?? {}))
    .flat()
    .filter((value) => typeof value === 'string' && /[0-9ぁ-んァ-ヶ一-龠]/u.test(value))
    .filter((value) => typeof value === 'string' && !/^(?:weekdays|\d{4}-\d{2}|24h|A-\d)/u.test(value))
    .map(String)
}
