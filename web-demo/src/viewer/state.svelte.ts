import type { OpenedCard } from '../logic/model.ts'
import type { Failure } from '../logic/result.ts'

/** What the stranger's phone shows. Nothing of it is stored anywhere. */
export type ViewerState =
  /** No card: offers the camera. */
  | { kind: 'empty' }
  | { kind: 'opening' }
  /** `current`: only the relay can tell, so `unknown` is the rule and offline it is never `yes`. */
  | { kind: 'open'; card: OpenedCard }
  /** Locked: asks for the four words. */
  | { kind: 'locked'; wrong: boolean }
  | { kind: 'refused'; failure: Failure }

export const viewer: { state: ViewerState; online: boolean; offlineReady: boolean } = $state({
  state: { kind: 'empty' },
  online: navigator.onLine,
  offlineReady: false,
})

export interface ViewerActions {
  /** Opens the text of a scanned code, or an address pasted by hand. */
  open(text: string): Promise<void>
  unlock(words: string): Promise<void>
  /** Forgets the card: back to the empty viewer. */
  close(): void
}

export const viewerActions: ViewerActions = {
  open: () => Promise.reject(new Error('the core is not loaded')),
  unlock: () => Promise.reject(new Error('the core is not loaded')),
  close: () => (viewer.state = { kind: 'empty' }),
}
