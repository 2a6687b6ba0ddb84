import { ORIGIN, type Person } from "./person"

/** Gives the app's origin a real, small storage; without bytes, the browser's own again. */
export async function setQuota(person: Person, bytes?: number): Promise<void> {
  const session = await person.context.newCDPSession(person.page)
  await session.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN, ...(bytes === undefined ? {} : { quotaSize: bytes }) })
  // The override lasts as long as the session: it stays attached.
}

/** Stores junk until not even a few hundred bytes fit any more. */
export async function fillUp(person: Person): Promise<void> {
  await person.page.evaluate(async () => {
    const opened = indexedDB.open("junk", 1)
    await new Promise((resolve, reject) => {
      opened.onupgradeneeded = () => opened.result.createObjectStore("junk", { autoIncrement: true })
      opened.onsuccess = resolve
      opened.onerror = reject
    })
    const fits = async (bytes: number): Promise<boolean> =>
      await new Promise((resolve) => {
        const writing = opened.result.transaction("junk", "readwrite")
        writing.objectStore("junk").add(crypto.getRandomValues(new Uint8Array(bytes)))
        writing.oncomplete = () => { resolve(true) }
        writing.onabort = () => { resolve(false) }
      })
    for (let bytes = 65_536; bytes >= 256; bytes /= 2) while (await fits(bytes));
  })
}
