import { scriptAddress } from './trusted.ts'

/**
 * Registers the app's service worker. A newer version is taken only when the person says so, or when no tab is open:
 * `offer` is called once it is ready. When another tab has started it, this one follows as soon as `mayReload` allows: the
 * files of the old version are gone then.
 */
export async function registerApp(offer: () => void, mayReload: () => boolean): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  if (navigator.serviceWorker.controller !== null) {
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      if (mayReload()) location.reload()
    })
  }
  const registration = await navigator.serviceWorker.register(scriptAddress('/app-sw.js'), { scope: '/' })
  const watch = (worker: ServiceWorker | null) => {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && navigator.serviceWorker.controller !== null) offer()
    })
  }
  if (registration.waiting !== null && navigator.serviceWorker.controller !== null) offer()
  registration.addEventListener('updatefound', () => watch(registration.installing))
}

/** The viewer's own service worker, which keeps nothing but the viewer. */
export async function registerViewer(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  await navigator.serviceWorker.register(scriptAddress('/viewer-sw.js'), { scope: '/c' })
}

/** Starts the version that waits, and reloads this page with it. */
export async function startUpdate(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration('/')
  if (registration?.waiting == null) return
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  registration.waiting.postMessage({ kind: 'start' })
}

/**
 * Fetches what is wanted later (the camera reader) into the cache, when the phone has nothing better to do. `true`: all
 * of it is kept, and works without a network.
 */
export async function cacheLater(scope: '/' | '/c'): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false
  const registration = await navigator.serviceWorker.getRegistration(scope)
  const worker = registration?.active ?? (await activated(registration))
  if (worker === null) return false
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => resolve(data === true)
    worker.postMessage({ kind: 'cache-later' }, [port2])
  })
}

function activated(registration: ServiceWorkerRegistration | undefined): Promise<ServiceWorker | null> {
  const coming = registration?.installing ?? registration?.waiting ?? null
  if (coming === null) return Promise.resolve(null)
  return new Promise((resolve) => {
    coming.addEventListener('statechange', () => {
      if (coming.state === 'activated') resolve(coming)
      if (coming.state === 'redundant') resolve(null)
    })
  })
}
