/**
 * A camera for Chromium, fed with real frames: a picture of a screen or of paper, lying a little askew on a table.
 * Chromium reads the file when a page opens the camera, so what it will see is put there before.
 */
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Browser } from "playwright-core"
import { temporaryFolder } from "./files"

const WIDTH = 1280
const HEIGHT = 720
/** Half a second of film. */
const FRAMES_EACH = 15

export class Camera {
  readonly file = join(temporaryFolder("camera"), "frames.mjpeg")

  private constructor(private readonly studio: Browser) {}

  /** @param studio a browser of our own that draws what lies on the table; never the one under test. */
  static async over(studio: Browser): Promise<Camera> {
    const camera = new Camera(studio)
    await camera.lookAt(undefined)
    return camera
  }

  /** From now on the camera films these pictures (PNG), one after the other and again and again, as a screen shows them. */
  async film(pictures: readonly Buffer[]): Promise<void> {
    const frames: Buffer[] = []
    for (const picture of pictures) {
      const frame = await photograph(picture, this.studio, 1)
      frames.push(...Array.from({ length: FRAMES_EACH }, () => frame))
    }
    writeFileSync(`${this.file}.new`, Buffer.concat(frames))
    renameSync(`${this.file}.new`, this.file)
  }

  /** From now on the camera looks at this picture (PNG), or at an empty table. */
  async lookAt(picture: Buffer | undefined, degrees = 2): Promise<void> {
    const frame = await photograph(picture, this.studio, degrees)
    writeFileSync(`${this.file}.new`, frame)
    renameSync(`${this.file}.new`, this.file)
  }
}

/** One frame of video with the picture in it, as JPEG: turned, on a grey table, with a camera's compression. */
async function photograph(picture: Buffer | undefined, browser: Browser, degrees: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } })
  try {
    const style = `height:96vh;max-width:96vw;object-fit:contain;transform:rotate(${degrees.toString()}deg)`
    const image = picture === undefined ? "" : `<img style="${style}" src="data:image/png;base64,${picture.toString("base64")}">`
    await page.setContent(`<body style="margin:0;background:#8a857d;display:grid;place-items:center;height:100vh">${image}`)
    await page.evaluate(async () => { await Promise.all([...document.images].map((each) => each.decode())) })
    return await page.screenshot({ type: "jpeg", quality: 85 })
  } finally {
    await page.close()
  }
}

