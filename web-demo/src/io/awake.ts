/**
 * Keeps the screen on while it is held before another phone, until the returned function is called. Where a browser or a battery
 * does not allow it, nothing happens.
 */
export function keepAwake(): () => void {
  let over = false
  let held: WakeLockSentinel | null = null
  async function hold(): Promise<void> {
    // The browser takes it back whenever the page is out of sight.
    if (!('wakeLock' in navigator) || document.visibilityState !== 'visible') return
    const lock = await navigator.wakeLock.request('screen').catch(() => null)
    if (over) await lock?.release()
    else held = lock
  }
  const again = () => void hold()
  document.addEventListener('visibilitychange', again)
  void hold()
  return () => {
    over = true
    document.removeEventListener('visibilitychange', again)
    void held?.release()
  }
}
