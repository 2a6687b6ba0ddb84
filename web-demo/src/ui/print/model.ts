/** The sheet as the core lays it out. Mirrors `Sheet` in `core/src/paper`. */
import type { BlockKind, FirstScreen } from '../../logic/model.ts'

export interface LeftOut {
  block: BlockKind
  what: 'lines' | 'doses' | 'sources'
  count: number
}

export interface SheetModel {
  language: 'ja' | 'en'
  screen: FirstScreen
  age: string | null
  printed_on: string
  generation: number
  /** `null`: the key lines are too long for one code. */
  code: { svg: string; left_out: LeftOut[] } | null
  left_out: LeftOut[]
  wallet: { lines: { kind: BlockKind; text: string }[]; large: boolean; more: number }
  /** How small it is set, 0 to 4. */
  density: number
}

/** The code's side in modules and its dark path, read from the core's own image: nothing foreign is ever set as markup. */
export function codeOf(svg: string): { side: number; path: string } {
  const side = Number(/viewBox="0 0 (\d+) \d+"/u.exec(svg)?.[1] ?? 0)
  const path = /fill="#000" d="([\dMhvz -]*)"/u.exec(svg)?.[1] ?? ''
  return { side, path }
}
