/** What the browser says about keeping our data. */
export interface StorageAnswer {
  persisted: boolean | null
  usedBytes: number | null
  quotaBytes: number | null
}

/** Reads without asking the person anything. Browsers that do not tell answer `null`. */
export async function readStorage(): Promise<StorageAnswer> {
  if (!('storage' in navigator)) return { persisted: null, usedBytes: null, quotaBytes: null }
  const [persisted, estimate] = await Promise.all([navigator.storage.persisted(), navigator.storage.estimate()])
  return { persisted, usedBytes: estimate.usage ?? null, quotaBytes: estimate.quota ?? null }
}

/** Asks the browser not to throw the data away when space is short. Its answer is shown, whatever it is. */
export async function askToPersist(): Promise<boolean> {
  if (!('storage' in navigator)) return false
  return navigator.storage.persist()
}
