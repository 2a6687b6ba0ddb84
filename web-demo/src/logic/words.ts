/** The words of a recovery kit as a tired parent types them: in either kana, wide or narrow, with or without the little marks. */

const SMALL = 'ぁぃぅぇぉっゃゅょゎ'
const LARGE = 'あいうえおつやゆよわ'

/** Hiragana as the list shows it: katakana, half-width letters and spaces are only ways of typing. */
export function toHiragana(text: string): string {
  const wide = text.normalize('NFKC').replace(/\s/gu, '')
  return wide.replace(/[ァ-ヶ]/gu, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60)).normalize('NFC')
}

/** Without voicing marks, and with small kana as large ones: what is easily missed on paper and keyboard. */
function folded(text: string): string {
  const bare = toHiragana(text).normalize('NFD').replace(/[\u3099\u309a]/gu, '')
  return Array.from(bare, (kana) => LARGE[SMALL.indexOf(kana)] ?? kana).join('')
}

export type WordRead =
  | { kind: 'empty' }
  | { kind: 'word'; word: string }
  /** Not in the list, not even without its marks. */
  | { kind: 'unknown' }
  /** Marks decide between words, and they are missing or wrong. */
  | { kind: 'unclear'; words: string[] }

/** The list's words, to look up what was typed. */
export class WordList {
  readonly #words: readonly string[]
  readonly #known: ReadonlySet<string>
  readonly #folded: readonly string[]

  /** `words`: as BIP-39 writes them, in any of Unicode's forms. */
  constructor(words: readonly string[]) {
    this.#words = words.map((word) => word.normalize('NFC'))
    this.#known = new Set(this.#words)
    this.#folded = this.#words.map(folded)
  }

  read(text: string): WordRead {
    const typed = toHiragana(text)
    if (typed === '') return { kind: 'empty' }
    if (this.#known.has(typed)) return { kind: 'word', word: typed }
    const bare = folded(typed)
    const words = this.#words.filter((_, i) => this.#folded[i] === bare)
    const [only, ...others] = words
    if (only === undefined) return { kind: 'unknown' }
    return others.length === 0 ? { kind: 'word', word: only } : { kind: 'unclear', words }
  }

  /** Words that begin so, exact beginnings first. Nothing typed: none. */
  offers(text: string, most = 6): string[] {
    const typed = toHiragana(text)
    if (typed === '') return []
    const bare = folded(typed)
    const found = this.#words.filter((_, i) => this.#folded[i]?.startsWith(bare) === true)
    const exact = found.filter((word) => word.startsWith(typed))
    return [...exact, ...found.filter((word) => !exact.includes(word))].slice(0, most)
  }
}

/** Many words at once, as pasted or read out: separated by any space, comma or number. */
export function splitWords(text: string): string[] {
  return text.normalize('NFKC').split(/[\s,、。.\d:)]+/u).filter((word) => word !== '')
}

/** Three different places among so many, by the given random numbers, ascending. */
export function threePlaces(count: number, random: Uint32Array): number[] {
  const left = Array.from({ length: count }, (_, i) => i)
  return [0, 1, 2].flatMap((turn) => left.splice((random[turn] ?? 0) % left.length, 1)).sort((a, b) => a - b)
}
