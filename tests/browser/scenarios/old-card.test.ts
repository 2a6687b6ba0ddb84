/** A card in a drawer: what it says was true when it was made. Whoever has a network is told that it changed since. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { cardUrl, edits, expectSynced, holdsUpCard, opensChild, readsFirstScreen, takesInSamples } from "../harness/family"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let old: string

beforeAll(async () => {
  stage = await Stage.set()
  mother = await stage.person("mother", { sharpness: 2 })
  await takesInSamples(mother)
  await holdsUpCard(mother, AOI)
  old = await cardUrl(mother)
})

afterAll(async () => { await stage.end() })

/** What the strip above an opened card says, once the relay has answered. */
async function opensCard(doctor: Person, url: string) {
  const answered = doctor.page.waitForResponse((response) => response.url().includes("/v1/cards/"))
  await doctor.page.goto(url)
  expect(missingIn(await readsFirstScreen(doctor))).toEqual([])
  return await answered
}

test("a card is never called current, and nothing more is said of it while nothing changed", async () => {
  const doctor = await stage.person("doctor")
  // The family's phone announced its cards, so that it can read when one was opened; it said nothing of them.
  await doctor.until(async () => (await opensCard(doctor, old)).status() === 200, "the relay knows the card")
  await doctor.sees(t.more.viewerNote)
  expect(await doctor.find(t.more.viewerLater).count()).toBe(0)
})

test("after an emergency fact changed, a doctor with a network is told that the old card changed since; the new one is silent", async () => {
  await opensChild(mother, AOI)
  await edits(mother, "must-never", { reason: "予備のバッグは車いすの後ろ" }, "呼吸器を外さない")
  await expectSynced(mother)
  const doctor = await stage.person("doctor-later")
  const changed = doctor.find(t.more.viewerLater).filter({ hasText: "以降に変更あり" })
  await doctor.until(async () => {
    await opensCard(doctor, old)
    return await changed.waitFor({ timeout: 2000 }).then(() => true, () => false)
  }, "the notice reaches the relay", 60)

  await holdsUpCard(mother, AOI)
  const fresh = await stage.person("doctor-with-the-new-card")
  expect((await opensCard(fresh, await cardUrl(mother))).status()).toBe(200)
  await fresh.sees(t.more.viewerNote)
  expect(await fresh.find(t.more.viewerLater).count()).toBe(0)
})

test("without a network the same card opens all the same, and nothing was asked", async () => {
  const doctor = await stage.person("doctor-offline")
  await doctor.opens("/c")
  await doctor.find(t.viewer.empty).and(doctor.page.locator("[data-offline=ready]")).waitFor()
  await doctor.goesOffline()
  await doctor.page.goto(old)
  expect(missingIn(await readsFirstScreen(doctor))).toEqual([])
  expect(doctor.wire.requests().filter((line) => line.includes("/v1/cards/"))).toEqual([])
})
