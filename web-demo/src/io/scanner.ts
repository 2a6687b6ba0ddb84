import { Failure } from '../logic/result.ts'
import type { Look, Looked } from '../worker/scan.ts'
import workerAddress from '../worker/scan.worker.ts?worker&url'
import { readPicture, startCamera, type Camera } from './camera.ts'
import { mark } from './moments.ts'
import { scriptAddress } from './trusted.ts'

/** A camera that runs for so long without a reader is said to have none yet. */
const LATE_MS = 6000

/** Reads QR codes in a worker of its own, so that the picture on the screen stays smooth. */
export class Scanner {
  readonly #worker = new Worker(scriptAddress(workerAddress), { type: 'module' })
  readonly #waiting = new Map<number, (looked: Looked) => void>()
  /** It may become known before anybody asked for anything. */
  #isMissing = false
  #next = 1

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Looked>) => {
      this.#waiting.get(data.id)?.(data)
      this.#waiting.delete(data.id)
    }
    this.#worker.onerror = () => {
      this.#isMissing = true
      for (const [id, tell] of this.#waiting) tell({ id, text: null, error: 'not loaded' })
      this.#waiting.clear()
    }
  }

  /** The text of a code in the picture, or `null`. Rejects with `scanner-missing` when the reader cannot be loaded. */
  async look(picture: ImageData, hard = false): Promise<string | null> {
    if (this.#isMissing) throw new Failure('scanner-missing', 'not loaded')
    const id = this.#next++
    const looked = await new Promise<Looked>((tell) => {
      this.#waiting.set(id, tell)
      this.#worker.postMessage({ id, picture, hard } satisfies Look, [picture.data.buffer])
    })
    if (looked.error !== undefined) throw new Failure('scanner-missing', looked.error)
    return looked.text
  }

  stop(): void {
    this.#worker.terminate()
  }
}

/**
 * Shows the camera in `video` until a code that `wanted` takes is seen, or `signal` fires (then `null`). The camera goes off
 * as soon as this has resolved or rejected. `onloaded`: whether the reader is there, said when it is late and when it comes.
 */
export async function scan(video: HTMLVideoElement, signal: AbortSignal, wanted: (text: string) => boolean, onloaded: (loaded: boolean) => void): Promise<string | null> {
  const scanner = new Scanner()
  let camera: Camera | null = null
  let late: ReturnType<typeof setTimeout> | undefined
  try {
    camera = await startCamera(video)
    late = setTimeout(() => onloaded(false), LATE_MS)
    while (!signal.aborted) {
      const picture = camera.frame()
      const text = picture === null ? null : await scanner.look(picture)
      if (picture !== null && late !== undefined) {
        clearTimeout(late)
        late = undefined
        onloaded(true)
      }
      if (text !== null && wanted(text)) {
        mark('decoded')
        return text
      }
      await nextFrame()
    }
    return null
  } finally {
    clearTimeout(late)
    const seen = camera
    // After what was found is on its way to the screen: turning a camera off takes a slow phone a while.
    setTimeout(() => {
      seen?.stop()
      scanner.stop()
    })
  }
}

/** The text of a code in a picture file. Throws `no-code` when there is none. */
export async function scanPicture(file: Blob): Promise<string> {
  const scanner = new Scanner()
  try {
    const text = await scanner.look(await readPicture(file), true)
    if (text === null) throw new Failure('no-code')
    return text
  } finally {
    scanner.stop()
  }
}

function nextFrame(): Promise<void> {
  return new Promise((next) => setTimeout(next, 60))
}
