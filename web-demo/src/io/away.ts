/**
 * Calls `shut` when the page has been out of sight for as long as `after` says (milliseconds; `null`: never). A phone stops timers of
 * pages nobody sees, so coming back asks again, by the clock; one that runs backwards counts as long enough.
 */
export function watchAway(after: () => number | null, shut: () => void): void {
  let left: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const check = () => {
    const limit = after()
    if (limit === null || left === null) return
    const away = Date.now() - left
    if (away < 0 || away >= limit) shut()
  }
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (document.visibilityState === 'hidden') {
      left = Date.now()
      const limit = after()
      if (limit !== null) timer = setTimeout(check, limit)
    } else {
      check()
      left = null
    }
  })
}
