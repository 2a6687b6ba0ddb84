import { describe, expect, test } from 'vitest'
import { splitWords, threePlaces, toHiragana, WordList } from './words.ts'

// A few of the real list, as it is written: each voicing mark a character of its own.
const list = new WordList(['あいこくしん', 'あいさつ', 'がっこう', 'かっこう', 'きゅうか', 'りゆう', 'りゅう', 'ぶどう'].map((word) => word.normalize('NFD')))

describe('a word is read', () => {
  test.each([
    ['あいさつ', 'あいさつ'],
    ['アイサツ', 'あいさつ'],
    ['ｱｲｻﾂ', 'あいさつ'],
    [' あい　さつ ', 'あいさつ'],
    ['ﾌﾞﾄﾞｳ', 'ぶどう'],
    ['ふとう', 'ぶどう'],
    ['きゆうか', 'きゅうか'],
    ['りゆう', 'りゆう'],
    ['リュウ', 'りゅう'],
  ])('%s is %s', (typed, word) => expect(list.read(typed)).toEqual({ kind: 'word', word }))

  test('where only a mark tells two words apart, the parent is asked', () => {
    expect(list.read('かつこう')).toEqual({ kind: 'unclear', words: ['がっこう', 'かっこう'] })
  })

  test('a word that is not in the list is said to be unknown', () => {
    expect(list.read('ぬるぽ')).toEqual({ kind: 'unknown' })
    expect(list.read('　')).toEqual({ kind: 'empty' })
  })
})

test('the first kana offers words, those that begin exactly so before those that lack a mark', () => {
  expect(list.offers('か')).toEqual(['かっこう', 'がっこう'])
  expect(list.offers('ガ')).toEqual(['がっこう', 'かっこう'])
  expect(list.offers('あい')).toEqual(['あいこくしん', 'あいさつ'])
  expect(list.offers('')).toEqual([])
})

test('all words can be pasted at once, numbered or not', () => {
  expect(splitWords('1. あいさつ　2. がっこう\n3)ぶどう')).toEqual(['あいさつ', 'がっこう', 'ぶどう'])
})

test('kana of every width become one', () => expect(toHiragana('ガｯコウ')).toBe('がっこう'))

test('three different places are asked for', () => {
  for (const seed of [[0, 0, 0], [23, 22, 21], [4294967295, 7, 3]]) {
    const places = threePlaces(24, new Uint32Array(seed))
    expect(new Set(places).size).toBe(3)
    expect(places.every((place) => place >= 0 && place < 24)).toBe(true)
  }
})
