import { splitWords, type WordList } from '../logic/words.ts'

const COUNT = 24

/** All words of a paper as they are typed in, in order. */
export class WordsTyped {
  readonly list: WordList
  texts = $state<string[]>(Array<string>(COUNT).fill(''))
  readonly #read = $derived.by(() => this.texts.map((text) => this.list.read(text)))

  constructor(list: WordList) {
    this.list = list
  }

  /** How many are not words yet. */
  get left(): number {
    return this.#read.filter((one) => one.kind !== 'word').length
  }

  /** What was typed, as the list writes it. */
  get words(): string {
    return this.#read.flatMap((one) => (one.kind === 'word' ? [one.word] : [])).join('　')
  }

  /** Several were pasted at once. */
  spread(from: number, words: string[]): void {
    const all = words.flatMap(splitWords)
    this.texts = this.texts.map((text, i) => all[i - from] ?? text)
  }

  forget(): void {
    this.texts = Array<string>(COUNT).fill('')
  }
}
