import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live } from './live.ts'

/** A line as the browser gives it, which the test opens and closes. */
class Line {
  static last: Line | null = null
  onopen: (() => void) | null = null
  onmessage: (() => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  constructor() {
    Line.last = this
  }

  close(): void {
    this.onclose?.({ code: 1000 })
  }
}

const onNews = vi.fn()
let live: Live

async function line(): Promise<Line> {
  await vi.waitFor(() => {
    expect(Line.last).not.toBeNull()
  })
  return Line.last ?? new Line()
}

beforeEach(() => {
  Line.last = null
  vi.stubGlobal('WebSocket', Line)
  onNews.mockReset()
  live = new Live({ address: 'wss://relay', token: () => Promise.resolve('token'), onNews })
})

afterEach(() => {
  live.close()
  vi.unstubAllGlobals()
})

test('somebody removed while the line was being made learns it by pulling', async () => {
  const refused = await line()
  refused.onclose?.({ code: 1006 })
  expect(onNews).toHaveBeenCalledTimes(1)
})

test('a line that broke is made again, and only then there is news', async () => {
  const broken = await line()
  broken.onopen?.()
  expect(onNews).toHaveBeenCalledTimes(1)
  broken.onclose?.({ code: 1006 })
  expect(onNews).toHaveBeenCalledTimes(1)
})

test('somebody removed while they listened learns it at once', async () => {
  const heard = await line()
  heard.onopen?.()
  heard.onclose?.({ code: 1008 })
  expect(onNews).toHaveBeenCalledTimes(2)
})
