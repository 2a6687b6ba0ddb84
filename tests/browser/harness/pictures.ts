/** Cuts pictures, and reads the codes in them as a camera that holds still would. */
import decodeQR from "qr/decode.js"
import type { Browser } from "playwright-core"

/** Where something stands, in CSS pixels of a window that is `screen` of them wide. */
export interface Place {
  x: number
  y: number
  width: number
  height: number
  screen: number
}

/** The text of the code in a PNG, if there is one that can be read whole. @param studio decodes the picture. */
export async function codeIn(picture: Buffer, studio: Browser): Promise<string | undefined> {
  const { width, height, pixels } = await drawn(picture, null, studio)
  try {
    return decodeQR({ width, height, data: new Uint8Array(Buffer.from(pixels, "base64")) })
  } catch {
    return undefined // No code, or only part of one.
  }
}

/** A part of a picture of a whole window, as PNG. */
export async function cutOut(picture: Buffer, place: Place, studio: Browser): Promise<Buffer> {
  return Buffer.from((await drawn(picture, place, studio)).png, "base64")
}

async function drawn(picture: Buffer, place: Place | null, studio: Browser): Promise<{ width: number; height: number; pixels: string; png: string }> {
  const page = await studio.newPage()
  try {
    return await page.evaluate(
      async ([source, place]) => {
        const image = new Image()
        image.src = `data:image/png;base64,${source}`
        await image.decode()
        const scale = place === null ? 1 : image.width / place.screen
        const [left, top] = place === null ? [0, 0] : [place.x * scale, place.y * scale]
        const canvas = document.createElement("canvas")
        canvas.width = place === null ? image.width : Math.round(place.width * scale)
        canvas.height = place === null ? image.height : Math.round(place.height * scale)
        const context = canvas.getContext("2d")
        if (context === null) throw new Error("no canvas")
        context.drawImage(image, -left, -top)
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
        const parts = Array.from({ length: Math.ceil(data.length / 8192) }, (_, i) => String.fromCharCode(...data.subarray(i * 8192, (i + 1) * 8192)))
        return { width: canvas.width, height: canvas.height, pixels: btoa(parts.join("")), png: canvas.toDataURL("image/png").split(",")[1] ?? "" }
      },
      [picture.toString("base64"), place] as const,
    )
  } finally {
    await page.close()
  }
}
