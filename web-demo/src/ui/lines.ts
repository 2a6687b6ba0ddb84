/** What a block or a line of the first screen is about, before anything is drawn. Pure. */
import type { Alternative, Block, Line, Source } from '../logic/model.ts'

/** People disagree: two wordings, or a retraction somebody else did not see. */
export function disagrees(line: Line): boolean {
  return line.says.length > 1 || (line.retracted?.length ?? 0) > 0
}

/** An act that already begins with an arrow needs no second one. */
export function needsArrow(act: string): boolean {
  return !/^\s*[→⇒]/u.test(act)
}

export interface BlockSource {
  /** Everything in the block comes from here, or `null`. */
  shared: Source | null
  /** Who speaks in it, each once, in order. */
  by: Source[]
  /** Date of its newest statement. */
  newest: string
}

/** What one line of small type can truthfully say about a whole block. */
export function blockSource(lines: readonly Line[]): BlockSource {
  const sources = lines.flatMap((line) => alternatives(line).map((said) => said.source))
  const first = sources[0]
  return {
    shared: first !== undefined && sources.every((source) => sameSource(source, first)) ? first : null,
    by: sources.filter((source, at) => sources.findIndex((other) => other.by === source.by && other.role === source.role) === at),
    newest: sources.reduce((latest, source) => (source.on > latest ? source.on : latest), ''),
  }
}

function alternatives(line: Line): Alternative[] {
  return [...line.says, ...(line.retracted ?? [])]
}

const PARTS = ['by', 'role', 'on', 'standing', 'confirmed_by', 'told_by', 'document', 'known_on'] as const satisfies (keyof Source)[]

function sameSource(a: Source, b: Source): boolean {
  return PARTS.every((part) => a[part] === b[part])
}

/** The hour and day by which a number is chosen, local. */
export interface Hour {
  hour: number
  weekend: boolean
}

export function hourOf(now: number): Hour {
  const date = new Date(now)
  return { hour: date.getHours(), weekend: date.getDay() === 0 || date.getDay() === 6 }
}

/** ⑨ is the number that answers first at this hour, with its card number. The others stand below the medicines. */
export function firstCall(blocks: readonly Block[], at: Hour): { first: Line[]; others: Line[] } {
  const lines = blocks.find((block) => block.kind === 'phone')?.lines ?? []
  const cards = lines.filter((line) => line.label === 'card-number')
  const numbers = lines.filter((line) => line.label !== 'card-number').map((line, index) => ({ line, index }))
  numbers.sort((a, b) => callRank(a.line, at) - callRank(b.line, at) || a.index - b.index)
  const [chosen, ...rest] = numbers.map(({ line }) => line)
  if (chosen === undefined) return { first: cards, others: [] }
  const belongs = (line: Line) => sameHead(line, chosen) || cards.length === 1
  return { first: [chosen, ...cards.filter(belongs)], others: [...rest, ...cards.filter((line) => !belongs(line))] }
}

function sameHead(card: Line, phone: Line): boolean {
  return card.head !== undefined && phone.head !== undefined && (phone.head === card.head || phone.head.startsWith(card.head))
}

/** 0: asked for at this hour. 1: answers now. 2: nobody said. 3: closed now. */
function callRank(line: Line, at: Hour): number {
  const night = at.hour < 8 || at.hour >= 18
  if (line.first_at === (night ? 'night' : 'day')) return 0
  if (line.hours === undefined || line.hours === '') return 2
  return answers(line.hours, at) ? 1 : 3
}

/** Understands `24h`, `weekdays 8-18`, `8-18`; anything else counts as answering, because it is not known to be closed. */
export function answers(hours: string, at: Hour): boolean {
  const match = /^(weekdays\s+)?(\d{1,2})(?::\d{2})?\s*[-–]\s*(\d{1,2})(?::\d{2})?$/u.exec(hours.trim())
  if (match === null) return true
  if (match[1] !== undefined && at.weekend) return false
  return at.hour >= Number(match[2]) && at.hour < Number(match[3])
}
