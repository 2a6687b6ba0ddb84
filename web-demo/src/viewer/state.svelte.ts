import { fetchCardNotice } from '../io/card-notice.ts'
import { isOnline, watchNetwork } from '../io/network.ts'
import { takeFragment } from '../io/history.ts'
import { everyMinute, now } from '../io/clock.ts'
import { markPainted } from '../io/moments.ts'
import { cacheLater, registerViewer } from '../io/updates.ts'
import type { OpenedCard } from '../logic/model.ts'
import { asFailure, type Failure } from '../logic/result.ts'
import { loadViewer, noticeId, openCard, readNotice, viewerLoaded, type Later } from './core.ts'

/** What the stranger's phone shows. Nothing of it is stored anywhere. */
export type ViewerState =
  /** No card: offers the camera. */
  | { kind: 'empty' }
  | { kind: 'opening' }
  /** What the card said when it was made. Whether that still holds, only the family knows: it is never called current. */
  | { kind: 'open'; card: OpenedCard }
  /** Asks for the four words. */
  | { kind: 'locked'; wrong: boolean }
  | { kind: 'refused'; failure: Failure }

class Viewer {
  state = $state.raw<ViewerState>({ kind: 'empty' })
  online = $state.raw(isOnline())
  /** The viewer and its camera reader are kept: it opens without a network from now on. */
  offlineReady = $state.raw(false)
  locale = $state.raw<'ja' | 'en'>(navigator.language.startsWith('ja') ? 'ja' : 'en')
  now = $state.raw(now())
  /** What its maker said of the open card afterwards, if a network told. */
  later = $state.raw<Later | null>(null)
}

export const viewer = new Viewer()

/** Text of a locked card that waits for its words. In memory only. */
let locked: string | null = null

export const viewerActions = {
  /** Opens the text of a scanned code, or an address pasted by hand. */
  async open(text: string): Promise<void> {
    await show(text)
  },

  async unlock(words: string): Promise<void> {
    if (locked !== null) await show(locked, words)
  },

  /** Forgets the card: back to the empty viewer. */
  close(): void {
    locked = null
    viewer.later = null
    viewer.state = { kind: 'empty' }
    keepForLater()
  },

  setLocale(locale: 'ja' | 'en'): void {
    viewer.locale = locale
  },
}

/** Reads the address once, and follows a second card opened in the same tab. */
export function startViewer(): void {
  watchNetwork((online) => (viewer.online = online))
  everyMinute(() => (viewer.now = now()))
  addEventListener('hashchange', fromAddress)
  // A page kept by the browser for Back would show the child again to whoever holds the phone next.
  addEventListener('pagehide', () => viewerActions.close())
  fromAddress()
  const registered = registerViewer().catch(() => undefined)
  if (viewer.state.kind !== 'empty') return
  loadViewer().catch(() => undefined)
  void registered.then(keepForLater)
}

function fromAddress(): void {
  const payload = takeFragment()
  if (payload !== null) void show(payload)
}

async function show(text: string, words?: string): Promise<void> {
  viewer.later = null
  try {
    // Where the core is there already, the card is the next thing that is drawn.
    if (!viewerLoaded()) {
      viewer.state = { kind: 'opening' }
      await loadViewer()
    }
    viewer.state = { kind: 'open', card: openCard(text, words) }
    markPainted('first-screen')
    locked = null
    // Not before the card is drawn: asking costs the phone some arithmetic.
    setTimeout(() => void askLater(text), 100)
  } catch (error) {
    const failure = asFailure(error)
    if (failure.code === 'locked' || failure.code === 'wrong-words') {
      locked = text
      viewer.state = { kind: 'locked', wrong: failure.code === 'wrong-words' }
    } else viewer.state = { kind: 'refused', failure }
  }
}

/** After the card is shown, and only where there is a network: was it said since that it is out of date? */
async function askLater(text: string): Promise<void> {
  if (!viewer.online || isElsewhere(text)) return
  const open = viewer.state
  if (open.kind !== 'open') return
  const notice = await fetchCardNotice(noticeId(text), open.card.generation)
  if (notice === null || viewer.state !== open) return
  try {
    viewer.later = readNotice(text, notice)
  } catch {
    // Not its maker's word: as good as nothing said.
  }
}

/** A card whose link leads to another host: this one's relay has nothing to say of it, and need not hear of it. */
function isElsewhere(text: string): boolean {
  return URL.canParse(text) && new URL(text).host !== location.host
}

/** The camera reader is large, so it is fetched only once the phone has nothing better to do. */
function keepForLater(): void {
  const idle = 'requestIdleCallback' in window ? requestIdleCallback : (act: () => void) => setTimeout(act, 1500)
  idle(() => void cacheLater('/c').then((kept) => (viewer.offlineReady = kept)))
}
