import { threePlaces, type WordList } from '../logic/words.ts'

/** Three of the words on a paper, asked back: whoever copied them wrongly learns it while the words are still here. */
export class WordsTest {
  readonly list: WordList
  /** Counted from 0. */
  readonly places: readonly number[]
  typed = $state<string[]>(['', '', ''])
  /** The first place whose word is another one. */
  wrong = $state<number | null>(null)
  readonly #words: readonly string[]

  constructor(list: WordList, words: readonly string[]) {
    this.list = list
    this.#words = words
    this.places = threePlaces(words.length, crypto.getRandomValues(new Uint32Array(3)))
  }

  get isFilled(): boolean {
    return this.typed.every((text) => text !== '')
  }

  isRight(): boolean {
    const differs = this.places.find((place, i) => {
      const read = this.list.read(this.typed[i] ?? '')
      return read.kind !== 'word' || read.word !== this.#words[place]
    })
    this.wrong = differs ?? null
    return differs === undefined
  }
}
