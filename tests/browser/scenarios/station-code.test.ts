/** The code that a station's tablet shows has a time. What a family agreed to while it lasted is neither lost nor agreed to twice. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { fact, goesHome, opensChild, photographOf, takesInSamples } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { setsUpStation, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

const HIMAWARI = "ひまわり訪問看護ステーション"
const ITO = { name: "伊藤", pin: "1470" }
const MINUTES = 60_000

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let camera: Camera
let tablet: Person

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  tablet = await stage.person("tablet")
  await takesInSamples(mother)
  await setsUpStation(tablet, HIMAWARI, ITO)
  await takesTablet(tablet, ITO)
})

afterAll(async () => { await stage.end() })

async function showsCode(): Promise<void> {
  await goesHome(tablet)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.qr)
  await camera.lookAt(await photographOf(tablet, t.pair.qr))
}

async function reads(): Promise<void> {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.add)
  await mother.presses(t.invite.tablet)
  await mother.sees(t.station.asks)
}

/** What whoever uses a keyboard or a screen reader goes on from. */
const focused = (person: Person) => person.page.evaluate(() => document.activeElement?.textContent ?? "")

test("the nurse put the tablet away before the mother agreed: the same code brings the answer, a while later", async () => {
  await showsCode()
  await reads()
  await goesHome(tablet)
  await mother.find(t.invite.see).first().waitFor()
  await mother.presses(t.invite.next)
  await mother.sees(t.person.consentText)
  await mother.presses(t.station.grant)
  await mother.sees(t.station.asks, { state: "told" })
  expect(await focused(mother)).toContain(HIMAWARI)
  // Whether the tablet has it, nobody here knows: the answer can be filmed all the same.
  await looksAt(mother, "station-code-told")
  await mother.presses(t.station.answerShow)
  await mother.sees(t.station.answer)
  await mother.presses(t.invite.eyes)
  await mother.sees("eyes")
  await looksAt(mother, "station-code-eyes")

  await tablet.page.clock.setFixedTime(Date.now() + 16 * MINUTES)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.over)
  expect(await focused(tablet)).toBe(await tablet.find(t.pair.over).locator("h2").innerText())
  await looksAt(tablet, "station-code-over")
  await tablet.presses(t.pair.same)
  await tablet.sees(t.station.applied)
  await tablet.presses(t.station.appliedOpen)
  await fact(tablet, "medicine").first().waitFor()
})

test("a code made anew is said to be another one, before anybody agrees", async () => {
  await showsCode()
  await reads()
  await mother.sees(t.station.known)
  await looksAt(mother, "station-code-known")
})
