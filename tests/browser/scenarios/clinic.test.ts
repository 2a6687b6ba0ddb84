/** An unfamiliar doctor, with whatever there is: a QR and a viewer met before; without a chance, the phone or paper. */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, AOI_FIRST_SCREEN, AOI_SECRETS, AOI_TRACES, missingIn } from "../harness/aoi"
import { attached, cardUrl, holdsUpCard, onHome, opensApp, readsFirstScreen, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { kept } from "../harness/files"
import { ORIGIN, type Person } from "../harness/person"
import { prints } from "../harness/printed"
import { inStorage, onDisk } from "../harness/remains"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let card: Buffer
let url: string

beforeAll(async () => {
  stage = await Stage.set()
  mother = await stage.person("mother", { sharpness: 2 })
  await takesInSamples(mother)
  card = await holdsUpCard(mother, AOI)
  writeFileSync(kept("card-aoi.png"), card)
  url = await cardUrl(mother)
})

afterAll(async () => { await stage.end() })

test("a doctor who once opened the empty viewer reads the card with the network off, and nothing of it leaves or stays", async () => {
  const camera = await stage.camera()
  const doctor = await stage.person("doctor", { camera })
  await doctor.opens("/c")
  await doctor.sees(t.viewer.empty)
  await doctor.find(t.viewer.empty).and(doctor.page.locator("[data-offline=ready]")).waitFor()
  await doctor.goesOffline()

  await camera.lookAt(card)
  await doctor.presses(t.viewer.scan)
  await doctor.sees("viewer-screen")
  const shown = await readsFirstScreen(doctor)
  expect(missingIn(shown)).toEqual([])

  const payload = new URL(url).hash.slice(1)
  expect(payload.length).toBeGreaterThan(100)
  const chunk = payload.slice(40, 80)
  expect(doctor.page.url()).toBe(`${ORIGIN}/c`)
  expect(doctor.wire.hasSent([...AOI_SECRETS, payload, chunk])).toEqual([])

  await doctor.presses(t.viewer.close)
  await doctor.sees(t.viewer.empty)
  await doctor.page.goBack().catch(() => null)
  expect(await doctor.page.content()).not.toContain(AOI)
  await doctor.opens("/c")
  await doctor.sees(t.viewer.empty)
  const stored = await inStorage(doctor.page)
  expect([...AOI_TRACES, payload, chunk].filter((text) => stored.includes(text))).toEqual([])

  await doctor.leaves()
  expect(onDisk(doctor.profile, [...AOI_TRACES, payload, chunk])).toEqual([])
})

test("a link opened by a phone's own camera app shows the card, and the address forgets it at once", async () => {
  const doctor = await stage.person("doctor-with-network")
  await doctor.page.goto(url)
  expect(missingIn(await readsFirstScreen(doctor))).toEqual([])
  expect(doctor.page.url()).toBe(`${ORIGIN}/c`)
  expect(doctor.wire.hasSent([...AOI_SECRETS, new URL(url).hash.slice(1, 41)])).toEqual([])
  expect(doctor.wire.requests().filter((line) => !line.startsWith("GET "))).toEqual([])
})

test("without viewer and network the link fails, and we do not pretend otherwise", async () => {
  const stranger = await stage.person("stranger")
  await stranger.goesOffline()
  await expect(stranger.page.goto(url)).rejects.toThrow()
})

test("the handed-over phone shows the whole first screen offline, and no way to anything else", async () => {
  await opensApp(mother)
  await mother.goesOffline()
  await showsToDoctor(mother, AOI)
  expect(missingIn(await readsFirstScreen(mother))).toEqual([])
  const kinds = await mother.find(t.first.block).evaluateAll((blocks) => blocks.map((block) => (block as HTMLElement).dataset["kind"]))
  expect(kinds.slice(0, 8)).toEqual(Object.keys(AOI_FIRST_SCREEN).filter((kind) => kind !== "who"))

  const alone = async (): Promise<void> => {
    await mother.sees("doctor")
    const html = await mother.page.content()
    for (const sibling of ["はると", "りん", "そうた"]) expect(html).not.toContain(sibling)
    expect(await mother.page.locator("a[href^='#']").count()).toBe(0)
  }
  await alone()
  await mother.page.goBack()
  await alone()
  await mother.page.evaluate(() => { location.hash = "#/" })
  await alone()
  await mother.page.reload()
  await alone()

  await takesPhoneBack(mother)
  await mother.sees("child")
  await mother.goesOnline()
})

test("the printed sheet shows the whole first screen on at most two pages, with letters beside a QR that opens it", async () => {
  const child = await onHome(mother, AOI)
  await child.locator(`[data-testid="${t.home.open}"]`).first().click()
  // Her photo is only on this phone; whoever holds the paper should know the child by it.
  const photo = await mother.page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 200 } })
  await (await attached(mother, t.more.photoPick)).setInputFiles({ name: "aoi.png", mimeType: "image/png", buffer: photo })
  await mother.presses(t.child.toPrint)
  await mother.sees(t.print.sheet)
  await mother.page.locator(`[data-testid="${t.print.sheet}"] canvas`).waitFor()
  await mother.goesOffline()
  const { file, text, pages } = await prints(mother, "sheet-aoi")
  await mother.goesOnline()
  expect(missingIn(text)).toEqual([])
  expect(pages).toBeLessThanOrEqual(2)

  // The sheet lies on a table under a doctor's camera.
  execFileSync("pdftoppm", ["-png", "-r", "150", "-f", "1", "-l", "1", "-singlefile", file, kept("sheet-aoi")])
  const camera = await stage.camera()
  await camera.lookAt(await closeUp(mother, readFileSync(kept("sheet-aoi.png"))), 1)
  const doctor = await stage.person("doctor-with-paper", { camera })
  await doctor.opens("/c")
  await doctor.presses(t.viewer.scan)
  await doctor.sees("viewer-screen")
  expect(missingIn(await readsFirstScreen(doctor))).toEqual([])
})

/** The part of the page around its QR, found where the screen's own sheet has it. */
async function closeUp(person: Person, page: Buffer): Promise<Buffer> {
  const [sheet, qr] = await Promise.all([t.print.page, t.print.qr].map(async (id) => await person.find(id).first().boundingBox()))
  if (sheet == null || qr == null) throw new Error("the sheet has no QR")
  const studio = await stage.studio.newPage()
  try {
    await studio.setContent(`<body style="margin:0"><img src="data:image/png;base64,${page.toString("base64")}">`)
    const size = await studio.locator("img").evaluate(async (image: HTMLImageElement) => {
      await image.decode()
      return { width: image.naturalWidth, height: image.naturalHeight }
    })
    const scale = size.width / sheet.width
    const margin = 30
    await studio.setViewportSize(size)
    return await studio.screenshot({
      clip: {
        x: Math.max(0, (qr.x - sheet.x) * scale - margin),
        y: Math.max(0, (qr.y - sheet.y) * scale - margin),
        width: qr.width * scale + 2 * margin,
        height: qr.height * scale + 2 * margin,
      },
    })
  } finally {
    await studio.close()
  }
}
