/** Cuts a text so that a number never parts from its unit, and finds the terms a reader may not know. Pure. */

export interface Piece {
  /** `keep`: not to be broken. `term`: can be explained. */
  kind: 'text' | 'keep' | 'term'
  text: string
}

interface Spellings {
  has(spelling: string): boolean
  keys(): Iterable<string>
}

// A number with sign, range, decimals and the unit after it; "SpO2<90", "PC-A/C", "000-0000-0105", "4.0→3.5".
const NUMBER = String.raw`[<>≧≦≤≥×約]?\s?[0-9０-９]+(?:[.,:/][0-9０-９]+)*(?:\s?[-–〜~～→/×]\s?[0-9０-９]+(?:[.,:/][0-9０-９]+)*)*`
const UNIT = String.raw`(?:\s?(?:kg|g|mg|µg|mL|L\/min|L|cmH2O|cm|mmHg|mm|mA|Fr|Wh|W|IU|℃|°C|%|mmol\/L|単位(?:\/h)?|歳|か月|ヶ月|週間?|日間?|時間?|分間?|秒間?|年|月|日|回|本|錠|包|個|人|名|床|階|点|枚|hours?|min|h|s)(?![A-Za-z])(?:\/(?:kg|min|day|h|日|回|分|時間?)(?![A-Za-z]))?)*`
const LATIN = String.raw`[A-Za-z][A-Za-z0-9]*(?:[-/][A-Za-z0-9]+)*`
const KEEP = new RegExp(`(?:${LATIN}\\s?)?${NUMBER}${UNIT}|${LATIN}`, 'gu')

/** Characters: what is longer would rather break than run over the edge of a phone. */
const LONGEST_KEPT = 18

/** Pieces of `text` in order; joined they give `text` again. */
export function typeset(text: string, terms: Spellings = new Set<string>()): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(KEEP)) {
    if (match.index > done) pieces.push(...withTerms(text.slice(done, match.index), terms))
    pieces.push(...kept(match[0], text.charAt(match.index + match[0].length), terms))
    done = match.index + match[0].length
  }
  if (done < text.length) pieces.push(...withTerms(text.slice(done), terms))
  return pieces
}

/** "SpO2 96–99%" is a term and its value: both stay unbroken, and the term stays tappable. */
function kept(text: string, next: string, terms: Spellings): Piece[] {
  const spelling = longest([...terms.keys()].filter((term) => text.startsWith(term) && !/[A-Za-z0-9]/u.test(text.charAt(term.length) || next)))
  if (spelling === undefined) return [unbroken(text)]
  const after = text.slice(spelling.length)
  return after === '' ? [{ kind: 'term', text: spelling }] : [{ kind: 'term', text: spelling }, unbroken(after)]
}

function unbroken(text: string): Piece {
  return { kind: text.length > LONGEST_KEPT ? 'text' : 'keep', text }
}

/** The first term in a text without numbers, the longest of those that begin there; then the rest. */
function withTerms(text: string, terms: Spellings): Piece[] {
  const found = [...terms.keys()].map((term) => ({ term, at: text.indexOf(term) })).filter(({ at }) => at >= 0)
  const at = Math.min(...found.map((one) => one.at))
  const term = longest(found.filter((one) => one.at === at).map((one) => one.term))
  if (term === undefined) return [{ kind: 'text', text }]
  const [before, after] = [text.slice(0, at), text.slice(at + term.length)]
  return [...(before === '' ? [] : [{ kind: 'text', text: before } as const]), { kind: 'term', text: term }, ...(after === '' ? [] : withTerms(after, terms))]
}

function longest(texts: readonly string[]): string | undefined {
  return texts.reduce<string | undefined>((best, text) => (best === undefined || text.length > best.length ? text : best), undefined)
}
