const WRITER = 'omamori-writer'

/** The right to write, held by one tab of this profile at a time. */
export interface WriterLock {
  release(): void
  /** Resolves when another tab took the lock by force. */
  readonly lost: Promise<void>
}

/** Takes the lock if nobody holds it; `null` otherwise. */
export function tryWriterLock(): Promise<WriterLock | null> {
  return request({ ifAvailable: true })
}

/** Waits until the other tab closes or gives way. Rejects with an AbortError when `signal` fires. */
export async function awaitWriterLock(signal: AbortSignal): Promise<WriterLock> {
  const lock = await request({ signal })
  if (lock === null) throw new DOMException('the lock was not granted', 'AbortError')
  return lock
}

/** Takes the lock from a tab that does not answer. Safe, because the vault refuses writes of the tab that lost it. */
export async function stealWriterLock(): Promise<WriterLock> {
  const lock = await request({ steal: true })
  if (lock === null) throw new DOMException('the lock was not granted', 'AbortError')
  return lock
}

function request(options: LockOptions): Promise<WriterLock | null> {
  return new Promise((resolve, reject) => {
    let release: () => void = () => undefined
    const held = new Promise<void>((done) => (release = done))
    let lose: () => void = () => undefined
    const lost = new Promise<void>((done) => (lose = done))
    navigator.locks
      .request(WRITER, options, (lock) => {
        if (lock === null) {
          resolve(null)
          return
        }
        resolve({ release, lost })
        return held
      })
      // A stolen lock rejects the request of the tab that held it; before the grant, it is a plain refusal.
      .catch((error: unknown) => {
        lose()
        reject(error instanceof Error ? error : new Error(String(error)))
      })
  })
}
