/** Moments of a phone's way from a code to the first screen, for measuring. They name no child and stay in the page. */
export type Moment = 'decoded' | 'first-screen'

/** Marks a moment on the browser's own timeline. */
export function mark(moment: Moment): void {
  performance.mark(`omamori:${moment}`)
}

/** Marks a moment once what was just changed has been painted. */
export function markPainted(moment: Moment): void {
  requestAnimationFrame(() => requestAnimationFrame(() => mark(moment)))
}
