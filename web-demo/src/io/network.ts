/** Whether the browser believes it has a network. Only a relay's answer proves one. */
export function isOnline(): boolean {
  return navigator.onLine
}

/** Calls on every change, and when the page is looked at again. Returns how to stop. */
export function watchNetwork(change: (online: boolean) => void): () => void {
  const tell = () => change(navigator.onLine)
  const wake = () => {
    if (document.visibilityState === 'visible') tell()
  }
  addEventListener('online', tell)
  addEventListener('offline', tell)
  document.addEventListener('visibilitychange', wake)
  return () => {
    removeEventListener('online', tell)
    removeEventListener('offline', tell)
    document.removeEventListener('visibilitychange', wake)
  }
}
