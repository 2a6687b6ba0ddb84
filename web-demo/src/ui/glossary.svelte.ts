/** Which terms can be tapped, and the one that is explained now. The words are data: `content/glossary.json`. */

export interface Entry {
  term: string
  aliases: readonly string[]
  reading: string
  plain_ja: string
  /** What an English-speaking professional calls it. */
  english: string
  plain_en: string
}

/** `abbreviations`: what even a reader of the field may not know. A first screen is not strewn with explanations. */
export type Terms = 'all' | 'abbreviations' | 'none'

type Spellings = ReadonlyMap<string, Entry>

const NOTHING: Spellings = new Map()

class Glossary {
  #all = $state.raw<Spellings>(NOTHING)
  #abbreviations = $state.raw<Spellings>(NOTHING)
  open = $state.raw<Entry | null>(null)

  load(entries: readonly Entry[]): void {
    const spellings = entries.flatMap((entry) => [entry.term, ...entry.aliases].map((spelling) => [spelling, entry] as const))
    // A single character would be found inside other words.
    this.#all = new Map(spellings.filter(([spelling]) => spelling.length > 1))
    this.#abbreviations = new Map([...this.#all].filter(([spelling]) => /^[A-Za-z]/u.test(spelling)))
  }

  spellings(terms: Terms): Spellings {
    if (terms === 'none') return NOTHING
    return terms === 'all' ? this.#all : this.#abbreviations
  }

  explain(spelling: string): void {
    this.open = this.#all.get(spelling) ?? null
  }

  close(): void {
    this.open = null
  }
}

export const glossary = new Glossary()

/** The words arrive after the first screen is drawn: nothing waits for them. */
export async function loadGlossary(): Promise<void> {
  const { default: entries } = await import('../content/glossary.json')
  glossary.load(entries)
}
