/** The code that a station's tablet shows has a time. What a family agreed to while it lasted is neither lost nor agreed to twice. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { fact, goesHome, opensChild, photographOf, takesInSamples } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import type { Relay } from "../harness/relay"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { ITO, setsUpStation, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

const HIMAWARI = "ひまわり訪問看護ステーション"
const MINUTES = 60_000

let stage: Stage
let relay: Relay
keepPicturesOfFailures(() => stage)
let mother: Person
let camera: Camera
let tablet: Person

beforeAll(async () => {
  stage = await Stage.set()
  relay = stage.relay
  camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  tablet = await stage.person("tablet")
  await takesInSamples(mother)
  await setsUpStation(tablet, HIMAWARI, ITO)
  await takesTablet(tablet, ITO)
})

afterAll(async () => {
  await stage.end()
  await relay.stop()
})

async function showsCode(): Promise<void> {
  await goesHome(tablet)
  await tablet.presses(t.station.apply)
  await filmsCode()
}

async function filmsCode(): Promise<void> {
  await tablet.sees(t.pair.qr)
  await camera.lookAt(await photographOf(tablet, t.pair.qr))
}

async function opensPeople(): Promise<void> {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
}

async function reads(): Promise<void> {
  await opensPeople()
  await mother.presses(t.people.add)
  await mother.presses(t.invite.tablet)
  await mother.sees(t.station.asks)
}

/** What whoever uses a keyboard or a screen reader goes on from. */
const focused = (person: Person) => person.page.evaluate(() => document.activeElement?.textContent ?? "")

test("the nurse put the tablet away before the mother agreed: the same code, read again, brings the answer a while later, and one consent", async () => {
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

  // The relay holds an answer for a quarter of an hour, and in memory only: it is not there any more.
  relay = await relay.restarted(() => undefined)
  await tablet.page.clock.setFixedTime(Date.now() + 16 * MINUTES)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.over)
  expect(await focused(tablet)).toBe(await tablet.find(t.pair.over).locator("h2").innerText())
  await looksAt(tablet, "station-code-over")
  await tablet.presses(t.pair.same)
  await filmsCode()
  // What she agreed to is not asked again, and is not there twice.
  await reads()
  await mother.sees(t.station.asks, { state: "told" })
  await tablet.sees(t.station.applied)
  await tablet.presses(t.station.appliedOpen)
  await fact(tablet, "medicine").first().waitFor()
  await opensPeople()
  const stations = mother.find(t.people.member, { holder: "organisation" })
  await stations.first().waitFor()
  expect(await stations.count()).toBe(1)
})

test("a code made anew is said to be another one, before anybody agrees", async () => {
  await showsCode()
  const before = await tablet.find(t.pair.offer).getAttribute("data-text")
  await tablet.presses(t.pair.fresh)
  await tablet.until(async () => ![before, null].includes(await tablet.find(t.pair.offer).getAttribute("data-text", { timeout: 1000 }).catch(() => null)), "another code")
  await looksAt(tablet, "station-code-running")
  await filmsCode()
  await reads()
  await mother.sees(t.station.known)
  await looksAt(mother, "station-code-known")
})
