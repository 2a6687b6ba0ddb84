/** The browser's own way to install, where it has one. iPhones have none: there the person uses the share menu. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>
}

let waiting: InstallPrompt | null = null

/** Keeps the browser's offer for the moment the person asks. `change` tells whether there is one. */
export function watchInstall(change: (possible: boolean) => void): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    waiting = event as InstallPrompt
    change(true)
  })
  addEventListener('appinstalled', () => {
    waiting = null
    change(false)
  })
}

/** Asks. `false`: dismissed, or the browser offers nothing. */
export async function install(): Promise<boolean> {
  const prompt = waiting
  waiting = null
  if (prompt === null) return false
  const { outcome } = await prompt.prompt()
  return outcome === 'accepted'
}
