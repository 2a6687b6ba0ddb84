/** A relay that leaves something out, or comes back as it was days ago: noticed, and said on a screen in a family's words. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, history, invites, onHome, opensApp, opensChild, takesInSamples } from "../harness/family"
import { kept, temporaryFolder } from "../harness/files"
import { misfits, picture, violations } from "../harness/look"
import { LyingRelay } from "../harness/lying"
import type { Person } from "../harness/person"
import { copyStorage, type Relay } from "../harness/relay"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let relay: Relay
/** Stands between the mother and the relay. */
let liar: LyingRelay
let mother: Person
let nurse: Person
/** Hears only what the relay has. */
let father: Person

beforeAll(async () => {
  stage = await Stage.set()
  relay = stage.relay
  liar = await LyingRelay.before(relay.port)
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera, relayPort: liar.port })
  nurse = await stage.person("nurse")
  father = await stage.person("father")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木" })
  await invites(mother, camera, AOI, father, { who: "co-guardian", name: "父" })
  for (const person of [father, nurse, mother]) {
    await goesHome(person)
    await expectSynced(person)
  }
  await opensChild(nurse, AOI)
})

afterAll(async () => {
  await stage.end()
  await liar.close()
  await relay.stop()
})

test("what a relay keeps back of the nurse's is missed as soon as she says something else, and listed under her name, for as long as it is kept back", async () => {
  liar.keepsBackWhatComes()
  await edits(nurse, "weight", { value: "10.1" })
  await expectSynced(nurse)
  await mother.until(() => Promise.resolve(liar.keptBack.size > 0), "the lie", 60)
  // What she says next leaves her phone after it took in what the relay had told.
  await opensChild(mother, AOI)
  await edits(mother, "medicine", { note: "母が確かめた" }, "アスホターゼ")
  await opensChild(father, AOI)
  await fact(father, "medicine", "母が確かめた").waitFor({ timeout: 60_000 })
  // Silence alone cannot be told from nothing having been said.
  expect(await (await onHome(mother, AOI)).locator(`[data-testid="${t.home.apart}"]`).count()).toBe(0)

  liar.passesOnTheRest()
  await edits(nurse, "weight", { value: "10.2" })
  await expectSynced(nurse)
  const home = await onHome(mother, AOI)
  await home.locator(`[data-testid="${t.home.apart}"]`).click()
  await mother.sees("apart")
  const missing = await mother.sees(t.apart.item, { what: "missing" })
  expect(await missing.innerText()).toContain("佐々木の記録が、1件届いていません")
  await picture(mother.page, "apart-missing-phone")
  expect(await misfits(mother.page)).toEqual([])
  expect(await violations(mother.page)).toEqual([])
})

test("once the relay tells the truth the app has asked again: all of it is there, and nothing is said to be missing", async () => {
  liar.tellsTheTruth()
  await opensApp(mother)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "10.2").waitFor({ timeout: 60_000 })
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.apart)
  await mother.sees(t.apart.none)
  await opensChild(mother, AOI)
  expect((await history(mother, "weight", "10.2")).map(({ value }) => /10\.\d/.exec(value)?.[0]).slice(0, 2)).toEqual(["10.2", "10.1"])
})

test("a relay that comes back as it was before is given everything again, and the mother reads that", async () => {
  const backup = temporaryFolder("backup")
  await restarts(() => { copyStorage(relay.folder, backup) })
  // Away before she writes: all he ever gets of it comes from the mother's phone.
  await father.goesOffline()
  await opensChild(nurse, AOI)
  await edits(nurse, "weight", { value: "10.3" })
  await expectSynced(nurse)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "10.3").waitFor({ timeout: 60_000 })
  await nurse.goesOffline()

  await restarts(() => { copyStorage(backup, relay.folder) })
  await mother.find(t.frame.sync).filter({ hasText: "サーバーが古い状態に戻っていたので、送り直しました" }).waitFor({ timeout: 60_000 })
  await mother.page.screenshot({ path: kept("sync-resent-phone.png") })

  // The nurse's phone is away: a third one reads her words because the mother's phone had sent them.
  await father.goesOnline()
  await opensChild(father, AOI)
  await fact(father, "weight", "10.3").waitFor({ timeout: 60_000 })
  expect((await history(father, "weight", "10.3"))[0]?.author).toContain("佐々木")
})

async function restarts(between: () => void): Promise<void> {
  relay = await relay.restarted(between)
}
