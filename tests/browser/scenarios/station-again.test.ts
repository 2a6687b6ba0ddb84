/** A station stays, comes back, and comes with a second tablet: renewed before its end, taken in again, left alone on a table. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { edits, expectSynced, fact, goesHome, history, opensApp, opensChild, takesInSamples } from "../harness/family"
import type { Person } from "../harness/person"
import { opensPerson, removes } from "../harness/removing"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { addsStaff, entersByWords, ITO, letsStationIn, noteReaches, printsWordsUntested, SATO, setsUpStation, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

const HIMAWARI = "ひまわり訪問看護ステーション"
const DAY = 86_400_000

let stage: Stage
keepPicturesOfFailures(() => stage)
let camera: Camera
let mother: Person
let tablet: Person

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  tablet = await stage.person("tablet")
  await takesInSamples(mother)
  await setsUpStation(tablet, HIMAWARI, ITO)
  await addsStaff(tablet, SATO)
  await takesTablet(tablet, SATO)
})

afterAll(async () => { await stage.end() })

test("a year is nearly over: the family goes on with its station in two taps, and the tablet notices nothing", async () => {
  // Eleven months ago, by the family's phone.
  await mother.page.clock.setFixedTime(Date.now() - 345 * DAY)
  await opensApp(mother)
  await letsStationIn(mother, camera, AOI, tablet)
  await mother.page.clock.setFixedTime(Date.now())
  await mother.page.reload()
  await opensPerson(mother, AOI, HIMAWARI, "organisation")
  await mother.sees("person-term", { term: "ending" })
  await mother.presses(t.person.renew)
  await mother.presses(t.person.renewConfirm)
  await mother.find("person-term").waitFor({ state: "detached" })
  const until = new Date(Date.now() + 365 * DAY).toISOString().slice(0, 4)
  expect(await mother.find("person").innerText()).toContain(until)
  await goesHome(mother)
  await expectSynced(mother)

  await opensChild(tablet, AOI)
  await noteReaches(mother, AOI, tablet, "更新のあとも続く")
})

test("a station that was taken out is taken in again on the same tablet, and what its nurse wrote bears her name still", async () => {
  await mother.page.clock.setFixedTime(Date.now())
  await removes(mother, AOI, HIMAWARI, "organisation")
  await goesHome(mother)
  await expectSynced(mother)
  await goesHome(tablet)
  await tablet.sees(t.apart.homeRemoved)
  await letsStationIn(mother, camera, AOI, tablet)
  await goesHome(tablet)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "更新のあとも続く").waitFor()
  await noteReaches(mother, AOI, tablet, "もう一度加わった")
  const told = await history(mother, "medicine", "サルブタモール")
  for (const words of ["更新のあとも続く", "もう一度加わった"]) {
    expect(told.some((item) => item.value.includes(words) && item.author.includes(SATO.name)), words).toBe(true)
  }
  // Her colleague, who was not there, opens it too.
  await takesTablet(tablet, ITO)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "もう一度加わった").waitFor()
})

test("a second tablet of the same station follows the child beside the first, and each can be taken out alone", async () => {
  await mother.page.clock.setFixedTime(Date.now())
  const second = await stage.person("second tablet")
  await setsUpStation(second, HIMAWARI, { name: "小川", pin: "1111" })
  await letsStationIn(mother, camera, AOI, second)
  await goesHome(second)
  await opensChild(second, AOI)
  await edits(second, "medicine", { note: "二台めから" }, "サルブタモール")
  await goesHome(second)
  await expectSynced(second)
  await goesHome(tablet)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "二台めから").waitFor()

  await goesHome(mother)
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  const stations = mother.find(t.people.member, { holder: "organisation" }).filter({ hasText: HIMAWARI })
  await mother.until(async () => (await stations.count()) === 2, "both tablets in the list")
  // The newer one goes; the older one stays.
  await stations.last().locator(`[data-testid="${t.people.open}"]`).click()
  await mother.presses(t.person.withdraw)
  await mother.presses(t.person.withdrawConfirm)
  await mother.sees(t.person.withdrawn)
  await goesHome(mother)
  await expectSynced(mother)
  await second.sees(t.apart.homeRemoved)
  await edits(tablet, "medicine", { note: "一台めは続く" }, "サルブタモール")
  await goesHome(tablet)
  await expectSynced(tablet)
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "一台めは続く").waitFor()
})

test("a tablet left on a table asks again who is there after three minutes, and not while somebody uses it", async () => {
  await tablet.page.clock.install()
  await tablet.page.reload()
  await tablet.sees("who")
  await takesTablet(tablet, SATO)
  await opensChild(tablet, AOI)
  await tablet.page.clock.fastForward("02:30")
  await tablet.page.keyboard.press("Shift")
  await tablet.page.clock.fastForward("02:30")
  expect(await tablet.find("who").count()).toBe(0)
  await tablet.sees("child")
  await tablet.page.clock.fastForward("00:40")
  await tablet.sees("who")
  expect(await tablet.find(t.frame.childName).count()).toBe(0)
})

test("words on paper that nobody asked back open the tablet too, and half typed ones are gone with whoever typed them", async () => {
  const again = { ...ITO, pin: "8642" }
  await takesTablet(tablet, ITO)
  const words = await printsWordsUntested(tablet)
  await goesHome(tablet)
  await tablet.presses(t.station.change)
  await tablet.presses(t.station.who, { person: ITO.name })
  await tablet.presses(t.station.forgotten)
  await (await tablet.sees(t.station.word)).fill(words[0] ?? "")
  await tablet.page.clock.fastForward("03:10")
  await tablet.find(t.station.word).first().waitFor({ state: "detached" })
  await tablet.sees(t.station.who, { person: ITO.name })
  expect(await tablet.find(t.station.whoPin).count()).toBe(0)

  await tablet.presses(t.station.who, { person: ITO.name })
  await tablet.presses(t.station.forgotten)
  expect(await (await tablet.sees(t.station.word)).inputValue()).toBe("")
  await entersByWords(tablet, again, words)
  await tablet.sees(t.station.writes, { person: ITO.name })
  await takesTablet(tablet, again)
})
