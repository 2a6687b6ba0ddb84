import type { CodeHash } from '../io/code.ts'
import { NO_TRIES, type Tries } from '../logic/handover.ts'

/** What this device remembers about itself. */
export interface Settings {
  locale: 'ja' | 'en'
  /** Numbers of children are never used twice: an old address must not lead to another child. */
  nextChild: number
  returnCode: CodeHash | null
  tries: Tries
  /** The child whose first screen a stranger holds, through reloads too. */
  handedOver: number | null
  /** When the parent said that the code is forgotten. */
  forgotten: number | null
}

export const FIRST_SETTINGS: Settings = {
  locale: 'ja',
  nextChild: 1,
  returnCode: null,
  tries: NO_TRIES,
  handedOver: null,
  forgotten: null,
}
