import { expect, test } from 'vitest'
import { farAddress, meantBy, readFarAddress, romaji, SpokenWords } from './far.ts'

const LINK = '0123456789abcdef'.repeat(4)

test('the link is found in whatever a messenger makes of it', () => {
  const address = farAddress('https://omamori.example', LINK)
  expect(address).toBe(`https://omamori.example/?openExternalBrowser=1#/join/${LINK}`)
  expect(readFarAddress(address)).toBe(LINK)
  expect(readFarAddress(`おばあちゃんへ\n${address}\n届いた?`)).toBe(LINK)
  expect(readFarAddress(` ${LINK.toUpperCase()} `)).toBe(LINK)
  expect(readFarAddress(address.slice(0, -1))).toBeNull()
  expect(readFarAddress(`${address}0`)).toBeNull()
  expect(readFarAddress('https://omamori.example/#/pair')).toBeNull()
})

test.each([
  ['あいこくしん', 'aikokushin'],
  ['いってい', 'ittei'],
  ['きゃく', 'kyaku'],
  ['しゃちょう', 'shachou'],
  ['じゅんばん', 'junban'],
  ['まっちゃ', 'matcha'],
  ['がっき', 'gakki'],
])('%s is read %s', (word, read) => {
  expect(romaji(word)).toBe(read)
  expect(romaji(word.normalize('NFD'))).toBe(read)
})

test('whoever types Latin letters is understood in the spellings people use', () => {
  const words = ['しゃちょう', 'まっちゃ', 'しんせい', 'つうやく', 'ふうせん', 'じゅんばん']
  expect(meantBy('shachou', words)).toEqual(['しゃちょう'])
  expect(meantBy('SYA', words)).toEqual(['しゃちょう'])
  expect(meantBy('mattya', words)).toEqual(['まっちゃ'])
  expect(meantBy('maccha', words)).toEqual(['まっちゃ'])
  expect(meantBy('sin', words)).toEqual(['しんせい'])
  expect(meantBy('tuu', words)).toEqual(['つうやく'])
  expect(meantBy('huu', words)).toEqual(['ふうせん'])
  expect(meantBy('zyun', words)).toEqual(['じゅんばん'])
  expect(meantBy('jyun', words)).toEqual(['じゅんばん'])
  expect(meantBy('しん', words)).toEqual([])
})

test('a word that was heard is found in kana and in Latin letters, and has its place', () => {
  const list = new SpokenWords(['しゃちょう', 'まっちゃ', 'まつり'])
  expect(list.read('まっちゃ')).toEqual({ kind: 'word', word: 'まっちゃ' })
  expect(list.read('matcha')).toEqual({ kind: 'word', word: 'まっちゃ' })
  expect(list.read('ma')).toEqual({ kind: 'unknown' })
  expect(list.offers('ma')).toEqual(['まっちゃ', 'まつり'])
  expect(list.offers('ま')).toEqual(['まっちゃ', 'まつり'])
  expect(list.placeOf('まつり')).toBe(2)
})
