/** Nobody has a network: a station's tablet is let in from screen to camera and back, two nurses work on it, and all of it comes home. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { edits, expectSynced, fact, goesHome, history, keepsTheApp, opensChild, readsFirstScreen, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { addsStaff, ITO, SATO, setsUpStation, SUZUKI, takesTablet } from "../harness/station"
import { letsStationInByCodes } from "../harness/station-offline"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let tablet: Person
let mothers: Camera
let tablets: Camera
/** What a doctor would see on the mother's phone. */
let mothersScreen: string

beforeAll(async () => {
  stage = await Stage.set()
  mothers = await stage.camera()
  tablets = await stage.camera()
  mother = await stage.person("mother", { camera: mothers, sharpness: 2 })
  tablet = await stage.person("tablet", { camera: tablets, sharpness: 2 })
  await takesInSamples(mother)
  await keepsTheApp(mother)
  await showsToDoctor(mother, AOI)
  mothersScreen = await readsFirstScreen(mother)
  await takesPhoneBack(mother)
  await keepsTheApp(tablet)
  await setsUpStation(tablet, "ひまわり訪問看護ステーション", ITO)
  await addsStaff(tablet, SATO)
  await addsStaff(tablet, SUZUKI)
  await mother.goesOffline()
  await tablet.goesOffline()
})

afterAll(async () => { await stage.end() })

/** Hands the tablet to a doctor, reads what is shown, and is there again. */
async function firstScreenOn(staff: typeof SATO): Promise<string> {
  await showsToDoctor(tablet, AOI)
  const screen = await readsFirstScreen(tablet)
  await takesPhoneBack(tablet)
  await takesTablet(tablet, staff)
  return screen
}

test("a mother lets a station's tablet in from screen to camera, and the nurse who holds it reads the child's first screen", { timeout: 900_000 }, async () => {
  await takesTablet(tablet, SATO)
  await letsStationInByCodes({ family: mother, familys: mothers, tablet, tablets }, AOI, looksAt)
  expect(await firstScreenOn(SATO)).toBe(mothersScreen)
})

test("she writes, leaves, and her colleague reads that and works on with her own number", async () => {
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "佐藤が確かめた" }, "サルブタモール")
  const satosScreen = await firstScreenOn(SATO)
  await goesHome(tablet)
  await tablet.presses(t.station.change)
  const who = await tablet.sees("who")
  expect(await who.innerText()).not.toContain(AOI)
  await takesTablet(tablet, SUZUKI)
  expect(await firstScreenOn(SUZUKI)).toBe(satosScreen)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "佐藤が確かめた").waitFor()
  await edits(tablet, "medicine", { note: "鈴木が続けた" }, "アスホターゼ")
})

test("once both have a network, the mother sees what each of them wrote under her own name, and they see the whole record", async () => {
  await goesHome(tablet)
  // The tablet is there first: nobody has told the relay of its station yet.
  await tablet.goesOnline()
  await mother.goesOnline()
  await goesHome(mother)
  await expectSynced(mother)
  await expectSynced(tablet)
  await opensChild(mother, AOI)
  for (const [of, words, name] of [["サルブタモール", "佐藤が確かめた", SATO.name], ["アスホターゼ", "鈴木が続けた", SUZUKI.name]] as const) {
    // What the tablet has tried before the family told of its station it tries again a while later.
    await fact(mother, "medicine", words).waitFor({ timeout: 120_000 })
    const told = await history(mother, "medicine", of)
    expect(told.some((item) => item.value.includes(words) && item.author.includes(name)), words).toBe(true)
  }
  await edits(mother, "medicine", { note: "母も読んだ" }, "サルブタモール")
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "母も読んだ").waitFor({ timeout: 60_000 })
  await takesTablet(tablet, ITO)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "母も読んだ").waitFor({ timeout: 60_000 })
  // Told over the network as well, the family let in one station, and the tablet took in one child.
  await goesHome(tablet)
  await tablet.find(t.home.child).first().waitFor()
  expect(await tablet.find(t.home.child).count()).toBe(1)
})
