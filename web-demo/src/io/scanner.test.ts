import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Look, Looked } from '../worker/scan.ts'
import { scan, Scanner } from './scanner.ts'

/** A worker that has not been loaded, until it is said what became of it. */
class Reader {
  onmessage: ((event: { data: Looked }) => void) | null = null
  onerror: (() => void) | null = null
  asked: Look[] = []
  constructor() {
    readers.push(this)
  }
  postMessage(look: Look): void {
    this.asked.push(look)
  }
  terminate(): void {
    this.asked = []
  }
  answers(text: string | null): void {
    for (const { id } of this.asked.splice(0)) this.onmessage?.({ data: { id, text } })
  }
}

const readers: Reader[] = []
const picture = { data: new Uint8ClampedArray(4), width: 1, height: 1, colorSpace: 'srgb' } as ImageData

vi.mock('./camera.ts', () => ({ startCamera: () => Promise.resolve({ stop: () => undefined, frame: () => picture }) }))

beforeEach(() => {
  readers.length = 0
  vi.stubGlobal('Worker', Reader)
  vi.stubGlobal('window', {})
  vi.stubGlobal('location', { href: 'http://localhost/', origin: 'http://localhost' })
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('a reader that could not be loaded before the camera was there is said to be missing, and not waited for', async () => {
  const scanner = new Scanner()
  readers[0]?.onerror?.()
  await expect(scanner.look(picture)).rejects.toMatchObject({ code: 'scanner-missing' })
})

test('a camera whose reader does not come says so, and reads all the same when it comes', async () => {
  const said: boolean[] = []
  const read = scan({} as HTMLVideoElement, new AbortController().signal, () => true, (loaded) => said.push(loaded))
  await vi.advanceTimersByTimeAsync(5000)
  expect(said).toEqual([])
  await vi.advanceTimersByTimeAsync(5000)
  expect(said).toEqual([false])
  readers[0]?.answers('omamori-pair:1')
  expect(await read).toBe('omamori-pair:1')
  expect(said).toEqual([false, true])
})
