/**
 * What a stranger's phone loads, what the family's app loads, and how long the first screen takes on a slow phone.
 * Prints one JSON object a line; the aims of the design stand as references.
 */
import { afterAll, beforeAll, test } from "vitest"
import { AOI } from "../harness/aoi"
import { cardUrl, holdsUpCard, opensApp, takesInSamples, takesPhoneBack } from "../harness/family"
import { PHONE, type Person } from "../harness/person"
import { Stage } from "../harness/stage"
import { testids as t } from "../testids"

const SLOWDOWN = 4
/** A phone in a valley: 400 kbit/s, 400 ms round trip. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 }
const ROUNDS = 7

let stage: Stage
let mother: Person
let url: string

beforeAll(async () => {
  stage = await Stage.set({ release: true })
  mother = await stage.person("mother", { sharpness: 2 })
  await takesInSamples(mother)
  await holdsUpCard(mother, AOI)
  url = await cardUrl(mother)
})

afterAll(async () => { await stage.end() })

function report(name: string, value: number, unit: string, aim: string, aimed: number): void {
  process.stdout.write(`${JSON.stringify({ name, value, unit, reference: aim, reference_value: aimed })}\n`)
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function slowedDown(person: Person): Promise<void> {
  const session = await person.context.newCDPSession(person.page)
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN })
}

test("a stranger's phone opens a card over a slow network", async () => {
  const doctor = await stage.person("stranger")
  const session = await doctor.context.newCDPSession(doctor.page)
  await session.send("Network.enable")
  await session.send("Network.emulateNetworkConditions", SLOW)
  const begun = performance.now()
  await doctor.page.goto(url)
  await doctor.sees(t.first.screen)
  const bytes = doctor.wire.received
  report("stranger's phone: bytes until the card is readable", bytes / 1000, "kB", "aim", 250)
  report("stranger's phone: time until the card is readable, 400 kbit/s", (performance.now() - begun) / 1000, "s", "transfer alone", bytes / SLOW.downloadThroughput)
})

test("the family's app before its first screen", async () => {
  const parent = await stage.person("parent")
  await parent.opens("/")
  await parent.sees("home")
  report("family's app: bytes before its first screen", parent.wire.received / 1000, "kB", "aim", 650)
})

test("camera frame to first screen", async () => {
  const camera = await stage.camera()
  const doctor = await stage.person("doctor", { camera })
  await camera.lookAt(await mother.page.screenshot())
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await doctor.opens("/c")
    await doctor.sees(t.viewer.empty)
    await slowedDown(doctor)
    await doctor.presses(t.viewer.scan)
    await doctor.sees(t.first.screen)
    // The app marks the moment in which a code has been decoded, and the first frame that shows the screen.
    times.push(
      await doctor.page.evaluate(() => {
        const [decoded] = performance.getEntriesByName("omamori:decoded").slice(-1)
        const [shown] = performance.getEntriesByName("omamori:first-screen").slice(-1)
        if (decoded === undefined || shown === undefined) throw new Error("the viewer does not mark its moments")
        return shown.startTime - decoded.startTime
      }),
    )
  }
  report(`decoded code → first screen, CPU ×${String(SLOWDOWN)} slower`, median(times), "ms", "aim", 150)
})

test("cold start without a network", async () => {
  await opensApp(mother)
  await mother.page.evaluate(async () => { await navigator.serviceWorker.ready })
  await mother.leaves()
  const times: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const again = await stage.person("again", { profile: mother.profile, viewport: PHONE })
    await again.goesOffline()
    await slowedDown(again)
    const begun = performance.now()
    await again.opens("/")
    await again.presses(t.home.doctor)
    await again.sees(t.first.screen)
    times.push(performance.now() - begun)
    // Handed over is handed over, through every restart: the next round needs the parent first.
    await takesPhoneBack(again)
    await again.leaves()
  }
  report(`cold offline start → home → first screen, CPU ×${String(SLOWDOWN)} slower`, median(times), "ms", "aim", 1500)
})
