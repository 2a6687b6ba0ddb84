/** A station's tablet was let in without a network, and the family took that back before the tablet was ever online. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { edits, expectSynced, fact, goesHome, history, keepsTheApp, onHome, opensChild, takesInSamples } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { removes } from "../harness/removing"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { addsStaff, ITO, letsStationIn, SATO, setsUpStation, takesTablet } from "../harness/station"
import { letsStationInByCodes } from "../harness/station-offline"
import { testids as t } from "../testids"

const HIMAWARI = "ひまわり訪問看護ステーション"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let mothers: Camera
let tablet: Person

beforeAll(async () => {
  stage = await Stage.set()
  mothers = await stage.camera()
  const tablets = await stage.camera()
  mother = await stage.person("mother", { camera: mothers, sharpness: 2 })
  tablet = await stage.person("tablet", { camera: tablets, sharpness: 2 })
  await takesInSamples(mother)
  await keepsTheApp(mother)
  await keepsTheApp(tablet)
  await setsUpStation(tablet, HIMAWARI, ITO)
  await addsStaff(tablet, SATO)
  await mother.goesOffline()
  await tablet.goesOffline()
  await takesTablet(tablet, ITO)
  await letsStationInByCodes({ family: mother, familys: mothers, tablet, tablets }, AOI)
}, 900_000)

afterAll(async () => { await stage.end() })

const apart = async () => (await onHome(mother, AOI)).locator(`[data-testid="${t.apart.home}"]`)

test("two nurses wrote on it meanwhile: the tablet says that it was removed, and what both wrote waits for the family", async () => {
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "伊藤が圏外で書いた" }, "サルブタモール")
  await takesTablet(tablet, SATO)
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "佐藤が圏外で書いた" }, "アスホターゼ")

  await mother.goesOnline()
  await goesHome(mother)
  await expectSynced(mother)
  await removes(mother, AOI, HIMAWARI, "organisation")
  await goesHome(mother)
  await expectSynced(mother)

  await tablet.goesOnline()
  await goesHome(tablet)
  await tablet.find(t.apart.homeRemoved).waitFor({ timeout: 120_000 })
  await looksAt(tablet, "station-offline-ended")
  await opensChild(tablet, AOI)
  await tablet.sees(t.apart.removed)

  await (await apart()).waitFor({ timeout: 60_000 })
  await (await apart()).click()
  await mother.sees("apart")
  // She met one of them. The other's name is no more than a colleague's word.
  const sato = `${SATO.name}（名前は${HIMAWARI}の同僚による）`
  for (const { words, who } of [{ words: "伊藤が圏外で書いた", who: ITO.name }, { words: "佐藤が圏外で書いた", who: sato }]) {
    const late = mother.find(t.apart.late).filter({ hasText: words })
    await late.waitFor({ timeout: 60_000 })
    expect(await late.innerText()).toMatch(new RegExp(`${who}が .*に書いたもの[\\s\\S]*${HIMAWARI}に見せるのをやめた`))
  }
  // Who else is on the staff there is nothing that she is asked about.
  expect(await mother.find(t.apart.late).count()).toBe(2)
  await looksAt(mother, "station-offline-ended-late")
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "アスホターゼ").waitFor()
  expect(await fact(mother, "medicine", "圏外で書いた").count()).toBe(0)
  // Her colleague, who was not there, is told the same.
  await takesTablet(tablet, ITO)
  await tablet.find(t.apart.homeRemoved).waitFor({ timeout: 60_000 })
})

test("the family lets the station in anew, and its nurses work on the same tablet", async () => {
  await letsStationIn(mother, mothers, AOI, tablet)
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "もう一度加わった" }, "サルブタモール")
  await goesHome(tablet)
  await expectSynced(tablet)
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "もう一度加わった").waitFor()
  const told = await history(mother, "medicine", "サルブタモール")
  expect(told.some((item) => item.value.includes("もう一度加わった") && item.author.includes(ITO.name))).toBe(true)
  await takesTablet(tablet, SATO)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "もう一度加わった").waitFor()
})
