/** What a browser still holds after its owner has closed it: the files of its profile, read as bytes. */
import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"

/** Which of these texts lie in which file of the profile, in UTF-8 or UTF-16. Call it after the browser has closed. */
export function onDisk(profile: string, texts: string[]): string[] {
  const found: string[] = []
  for (const entry of readdirSync(profile, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    for (const text of texts) {
      if (bytes.includes(Buffer.from(text, "utf8")) || bytes.includes(Buffer.from(text, "utf16le"))) found.push(`${text} in ${path.slice(profile.length + 1)}`)
    }
  }
  return found
}

/** Everything the page's origin keeps, as one text: databases, caches' addresses, local and session storage, cookies. */
export async function inStorage(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => { resolve(request.result) }
        request.onerror = () => { reject(new Error(request.error?.message)) }
      })
    const texts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie]
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue
      const database = await asked(indexedDB.open(name))
      for (const store of database.objectStoreNames) {
        texts.push(JSON.stringify(await asked(database.transaction(store).objectStore(store).getAll())))
      }
      database.close()
    }
    for (const name of await caches.keys()) {
      texts.push(...(await (await caches.open(name)).keys()).map((request) => request.url))
    }
    return texts.join("\n")
  })
}
