/** Reads the code in a picture, as a camera that holds still would. */
import decodeQR from "qr/decode.js"
import type { Browser } from "playwright-core"

/** The text of the code in a PNG, if there is one that can be read whole. @param studio decodes the picture. */
export async function codeIn(picture: Buffer, studio: Browser): Promise<string | undefined> {
  const { width, height, pixels } = await pixelsOf(picture, studio)
  try {
    return decodeQR({ width, height, data: new Uint8Array(Buffer.from(pixels, "base64")) })
  } catch {
    return undefined // No code, or only part of one.
  }
}

async function pixelsOf(picture: Buffer, studio: Browser): Promise<{ width: number; height: number; pixels: string }> {
  const page = await studio.newPage()
  try {
    return await page.evaluate(async (source) => {
      const image = new Image()
      image.src = `data:image/png;base64,${source}`
      await image.decode()
      const canvas = new OffscreenCanvas(image.width, image.height)
      const context = canvas.getContext("2d")
      if (context === null) throw new Error("no canvas")
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, image.width, image.height)
      const parts = Array.from({ length: Math.ceil(data.length / 8192) }, (_, i) => String.fromCharCode(...data.subarray(i * 8192, (i + 1) * 8192)))
      return { width: image.width, height: image.height, pixels: btoa(parts.join("")) }
    }, picture.toString("base64"))
  } finally {
    await page.close()
  }
}
