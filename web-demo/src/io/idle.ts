/** A sign that somebody is there who touches nothing: they hold the device before another one's screen. */
const THERE = 'somebody-is-there'

export function isThere(): void {
  document.dispatchEvent(new Event(THERE))
}

/** Calls `idle` after so long without a touch or a key, also if the page slept through it. Returns how to stop. */
export function watchIdle(ms: number, idle: () => void): () => void {
  let touched = Date.now()
  let timer = setTimeout(look, ms)
  function look() {
    const left = touched + ms - Date.now()
    if (left > 0) timer = setTimeout(look, left)
    else idle()
  }
  const touch = () => (touched = Date.now())
  const wake = () => {
    if (document.visibilityState === 'visible') {
      clearTimeout(timer)
      look()
    }
  }
  const kinds = ['pointerdown', 'keydown', THERE] as const
  for (const kind of kinds) document.addEventListener(kind, touch, { passive: true, capture: true })
  document.addEventListener('visibilitychange', wake)
  return () => {
    clearTimeout(timer)
    for (const kind of kinds) document.removeEventListener(kind, touch, { capture: true })
    document.removeEventListener('visibilitychange', wake)
  }
}
