import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { worker } from './scope.ts'

/** A file of the build, as the precache names it. `revision: null`: its name already holds its hash. */
export interface Kept {
  url: string
  revision: string | null
}

export interface KeepOptions {
  /** Everything needed to start without a network. */
  now: Kept[]
  /** Large and not needed to start: fetched when the page has nothing better to do. */
  later: string[]
  page: string
  /** Pages under this scope that are not ours to answer. */
  except: RegExp[]
}

type Message = { kind: 'start' } | { kind: 'cache-later' }

/** Serves one page and its files from the cache, first and always; a new version waits until it is told to start. */
export function keep({ now, later, page, except }: KeepOptions): void {
  precacheAndRoute(now, { cleanURLs: false, directoryIndex: null as unknown as string })
  cleanupOutdatedCaches()
  registerRoute(new NavigationRoute(createHandlerBoundToURL(page), { denylist: except }))
  registerRoute(({ url }) => later.includes(url.pathname), ({ request }) => fromLater(request))
  worker.addEventListener('message', (event) => {
    const message = event.data as Message
    if (message.kind === 'start') void worker.skipWaiting()
    else event.waitUntil(cacheLater(later).then((kept) => event.ports[0]?.postMessage(kept)))
  })
  worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
}

const LATER = `omamori-later ${worker.registration.scope}`

async function fromLater(request: Request): Promise<Response> {
  const kept = await caches.match(request)
  if (kept !== undefined) return kept
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(LATER)).put(request, answer.clone())
  return answer
}

/** Keeps all of these and nothing else. What the other service worker has already is not fetched again. */
async function cacheLater(addresses: readonly string[]): Promise<boolean> {
  const cache = await caches.open(LATER)
  try {
    await Promise.all(addresses.map((address) => fetchInto(cache, address)))
    const old = (await cache.keys()).filter((request) => !addresses.includes(new URL(request.url).pathname))
    await Promise.all(old.map((request) => cache.delete(request)))
    return true
  } catch {
    return false
  }
}

async function fetchInto(cache: Cache, address: string): Promise<void> {
  if ((await cache.match(address)) !== undefined) return
  const answer = (await caches.match(address)) ?? (await fetch(address))
  if (!answer.ok) throw new TypeError(`${address}: ${answer.status}`)
  await cache.put(address, answer)
}
