/** Inviting somebody far away: the link, and the words as they are read aloud and typed. */
import type { Hex } from './model.ts'
import { toHiragana, WordList, type WordRead } from './words.ts'

/** How long an invitation is good for. The relay keeps its messages as long. */
export const FAR_LIFE_MS = 24 * 60 * 60_000
/** How often the words may be typed: a telephone is easily misheard, and whoever stands in between is not helped by it. */
export const FAR_TRIES = 3

/** The address to send. LINE opens it outside of its own browser, which could keep nothing, when asked so. */
export function farAddress(origin: string, link: Hex): string {
  return `${origin}/?openExternalBrowser=1#/join/${link}`
}

/** What a pasted message carries: the link alone, or with words around it. `null`: no invitation. */
export function readFarAddress(text: string): Hex | null {
  const found = /#\/join\/([0-9a-f]{64})(?![0-9a-f])/iu.exec(text)?.[1] ?? /^\s*([0-9a-f]{64})\s*$/iu.exec(text)?.[1]
  return found?.toLowerCase() ?? null
}

const SYLLABLES: Readonly<Record<string, string>> = {
  あ: 'a', い: 'i', う: 'u', え: 'e', お: 'o', か: 'ka', き: 'ki', く: 'ku', け: 'ke', こ: 'ko', が: 'ga', ぎ: 'gi', ぐ: 'gu', げ: 'ge', ご: 'go',
  さ: 'sa', し: 'shi', す: 'su', せ: 'se', そ: 'so', ざ: 'za', じ: 'ji', ず: 'zu', ぜ: 'ze', ぞ: 'zo', た: 'ta', ち: 'chi', つ: 'tsu', て: 'te', と: 'to',
  だ: 'da', ぢ: 'ji', づ: 'zu', で: 'de', ど: 'do', な: 'na', に: 'ni', ぬ: 'nu', ね: 'ne', の: 'no', は: 'ha', ひ: 'hi', ふ: 'fu', へ: 'he', ほ: 'ho',
  ば: 'ba', び: 'bi', ぶ: 'bu', べ: 'be', ぼ: 'bo', ぱ: 'pa', ぴ: 'pi', ぷ: 'pu', ぺ: 'pe', ぽ: 'po', ま: 'ma', み: 'mi', む: 'mu', め: 'me', も: 'mo',
  や: 'ya', ゆ: 'yu', よ: 'yo', ら: 'ra', り: 'ri', る: 'ru', れ: 're', ろ: 'ro', わ: 'wa', を: 'o', ん: 'n',
}
const SMALL: Readonly<Record<string, string>> = { ゃ: 'a', ゅ: 'u', ょ: 'o' }

/** A word of the list in Latin letters (Hepburn), for whoever reads no kana. */
export function romaji(word: string): string {
  const kana = Array.from(toHiragana(word))
  return kana.reduce((said, one, at) => {
    const small = SMALL[one]
    // 「きゃ」 is kya, 「しゃ」 sha.
    if (small !== undefined) return /(?:sh|ch|j)i$/u.test(said) ? said.slice(0, -1) + small : `${said.slice(0, -1)}y${small}`
    if (one === 'っ') {
      const next = SYLLABLES[kana[at + 1] ?? ''] ?? ''
      return said + (next.startsWith('ch') ? 't' : next.slice(0, 1))
    }
    return said + (SYLLABLES[one] ?? one)
  }, '')
}

/** The list, for words that were heard: typed in kana or in Latin letters. */
export class SpokenWords extends WordList {
  readonly #words: readonly string[]

  constructor(words: readonly string[]) {
    super(words)
    this.#words = words.map((word) => word.normalize('NFC'))
  }

  override read(text: string): WordRead {
    if (plain(text) === '') return super.read(text)
    const words = this.#words.filter((word) => plain(romaji(word)) === plain(text))
    const [only, ...others] = words
    if (only === undefined) return { kind: 'unknown' }
    return others.length === 0 ? { kind: 'word', word: only } : { kind: 'unclear', words }
  }

  override offers(text: string, most = 6): string[] {
    return plain(text) === '' ? super.offers(text, most) : meantBy(text, this.#words).slice(0, most)
  }

  /** Its place in the list, which is what the core compares. */
  placeOf(word: string): number {
    return this.#words.indexOf(word)
  }
}

/** The words that somebody means who types Latin letters: in the list's own spelling of them, or with n doubled, si for shi and so on. */
export function meantBy(latin: string, words: readonly string[]): string[] {
  const typed = plain(latin)
  return typed === '' ? [] : words.filter((word) => plain(romaji(word)).startsWith(typed))
}

/** Spellings that people mix up, as one. */
function plain(latin: string): string {
  return latin
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]/gu, '')
    .replace(/nn/gu, 'n')
    .replace(/cch/gu, 'tch')
    .replace(/sh([aiuo])/gu, (_, vowel: string) => (vowel === 'i' ? 'si' : `sy${vowel}`))
    .replace(/ch([aiuo])/gu, (_, vowel: string) => (vowel === 'i' ? 'ti' : `ty${vowel}`))
    .replace(/jy?([auo])/gu, 'zy$1')
    .replace(/ji/gu, 'zi')
    .replace(/tsu/gu, 'tu')
    .replace(/fu/gu, 'hu')
}
