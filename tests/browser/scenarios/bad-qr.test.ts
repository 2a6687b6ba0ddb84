/** Codes that are not ours, damaged, or from a newer version: each gets its own words, and loses nothing. */
import { afterAll, beforeAll, expect, test } from "vitest"
import encodeQR from "qr"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { cardUrl, holdsUpCard, takesInSamples } from "../harness/family"
import { ORIGIN, type Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let doctor: Person
let camera: Camera
let url: string

beforeAll(async () => {
  stage = await Stage.set()
  const mother = await stage.person("mother")
  await takesInSamples(mother)
  await holdsUpCard(mother, AOI)
  url = await cardUrl(mother)
  camera = await stage.camera()
  doctor = await stage.person("doctor", { camera })
})

afterAll(async () => { await stage.end() })

/** A picture of a code with this text. */
async function code(text: string): Promise<Buffer> {
  const svg = encodeQR(text, "svg", { ecc: "low", border: 4 })
  const page = await stage.studio.newPage({ viewport: { width: 680, height: 680 } })
  try {
    await page.setContent(`<body style="margin:0;background:#fff"><style>svg{width:680px;height:680px}</style>${svg}`)
    return await page.screenshot()
  } finally {
    await page.close()
  }
}

async function scans(text: string): Promise<string | null> {
  await doctor.opens("/c")
  await doctor.sees(t.viewer.empty)
  await camera.lookAt(await code(text))
  await doctor.presses(t.viewer.scan)
  return await (await doctor.sees(t.viewer.error)).getAttribute("data-code")
}

/** The payload with the digit at a position replaced. */
function changed(position: number, digit = "7"): string {
  const at = url.indexOf("#") + 1 + position
  const other = url[at] === digit ? "3" : digit
  return url.slice(0, at) + other + url.slice(at + 1)
}

test("a code of another maker is not ours, and is not opened", async () => {
  expect(await scans("https://example.com/menu?table=4")).toBe("not-ours")
  expect(doctor.page.url()).toBe(`${ORIGIN}/c`)
})

test("a damaged code never shows a first screen as if it were whole", async () => {
  for (const position of [60, 200, url.length - url.indexOf("#") - 20]) {
    expect(await scans(changed(position)), `digit ${position.toString()}`).toBe("damaged")
    expect(await doctor.find(t.first.screen).count()).toBe(0)
  }
})

test("a cut-off link opened by a camera app says that it is damaged", async () => {
  await doctor.page.goto(url.slice(0, url.indexOf("#") + 101))
  expect(await (await doctor.sees(t.viewer.error)).getAttribute("data-code")).toBe("damaged")
})
