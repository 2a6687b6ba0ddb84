/** 閲覧の記録: the family reads whose phone received what, and is told when the relay's list is not the one it was. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { cardUrl, expectSynced, goesHome, holdsUpCard, invites, opensChild, readsFirstScreen, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { temporaryFolder } from "../harness/files"
import { looksInBoth } from "../harness/look"
import type { Person } from "../harness/person"
import { copyStorage, type Relay } from "../harness/relay"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let nurse: Person
let relay: Relay

beforeAll(async () => {
  stage = await Stage.set()
  relay = stage.relay
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木", organisation: "訪看ステーションかえで" })
})

afterAll(async () => {
  await stage.end()
  await relay.stop()
})

async function readsAccesses(person: Person): Promise<void> {
  await goesHome(person)
  await opensChild(person, AOI)
  await person.presses(t.child.toPeople)
  await person.presses(t.people.accesses)
  await person.sees("accesses")
  await person.sees(t.accesses.read, { reached: "true" })
}

async function hearsFromMother(what: string): Promise<void> {
  await goesHome(mother)
  await opensChild(mother, AOI)
  await mother.presses(t.child.toLog)
  await mother.presses(t.log.add)
  await (await mother.sees(t.log.chiefComplaint)).fill(what)
  await mother.presses(t.log.save)
  await expectSynced(mother)
  await goesHome(nurse)
  await opensChild(nurse, AOI)
  await nurse.presses(t.child.toLog)
  await nurse.find(t.log.entry).filter({ hasText: what }).waitFor()
}

async function restarts(between: () => void): Promise<void> {
  relay = await relay.restarted(between)
}

test("the mother reads that the nurse’s phone received the daily care, and what such a list cannot know", async () => {
  await hearsFromMother("痰が多い")
  await readsAccesses(mother)
  const visit = mother.find(t.accesses.item).filter({ hasText: "佐々木" })
  await visit.first().waitFor()
  expect(await visit.first().innerText()).toMatch(/\d\d:\d\d[\s\S]*毎日のケア/)
  expect(await (await mother.sees("accesses")).innerText()).toContain("カードを開いたのがだれか")
  await mother.find(t.accesses.deed, { what: "grant" }).filter({ hasText: "佐々木" }).waitFor()
  expect(await mother.find(t.accesses.trouble).count()).toBe(0)
})

test("the nurse may read it too, without being able to change anything", async () => {
  await readsAccesses(nurse)
  await nurse.find(t.accesses.item).filter({ hasText: "佐々木" }).first().waitFor()
})

/** What a person's own device told of the day, as the mother reads it. */
function told(who: string, way: string) {
  return mother.find(t.accesses.item).filter({ hasText: who }).locator(`[data-testid="${t.accesses.opened}"][data-way="${way}"]`)
}

test("what the nurse opened in a house without a network, the mother reads with her name and the time, once her phone is back", async () => {
  await goesHome(nurse)
  await nurse.goesOffline()
  await showsToDoctor(nurse, AOI)
  await takesPhoneBack(nurse)
  await readsAccesses(mother)
  expect(await told("佐々木", "handed-over").count()).toBe(0)
  await nurse.goesOnline()
  await mother.until(async () => {
    await readsAccesses(mother)
    return (await told("佐々木", "handed-over").count()) === 1
  }, "the nurse’s phone told")
  expect(await told("佐々木", "handed-over").innerText()).toMatch(/\d\d:\d\d[\s\S]*医師に見せる/)
  expect(await told("佐々木", "read").first().innerText()).toMatch(/\d\d:\d\d[\s\S]*記録を開いた/)
})

test("somebody opens the card for the grandmother with a network, and the mother reads which and when, not who", async () => {
  await holdsUpCard(mother, AOI)
  await (await mother.sees(t.paper.to)).fill("長野の祖母")
  await mother.presses(t.paper.save)
  await mother.sees(t.paper.saved)
  const url = await cardUrl(mother)
  await expectSynced(mother)
  const stranger = await stage.person("stranger")
  await stranger.until(async () => {
    const answer = stranger.page.waitForResponse((response) => response.url().includes("/v1/cards/"))
    await stranger.page.goto(url)
    expect(missingIn(await readsFirstScreen(stranger))).toEqual([])
    return (await answer).status() === 200
  }, "the relay knows the card")
  await readsAccesses(mother)
  const opened = mother.find(t.accesses.card).filter({ hasText: "長野の祖母" })
  expect(await opened.innerText()).toMatch(/開かれた[\s\S]*\d\d:\d\d/)
  // The list of cards is the mother's own: the nurse, who reads the other one, has not got it.
  await readsAccesses(nurse)
  expect(await nurse.find(t.accesses.card).count()).toBe(0)
})

test("the page with all of it fits a phone and a desk, in both languages", async () => {
  await readsAccesses(mother)
  await looksInBoth(mother, "accesses-all", () => mother.sees(t.accesses.read, { reached: "true" }))
})

test("a relay that tells another list than before is noticed, and what had been read is still there", async () => {
  const backup = temporaryFolder("backup")
  await restarts(() => { copyStorage(relay.folder, backup) })
  await hearsFromMother("熱はない")
  await readsAccesses(mother)
  const known = await mother.find(t.accesses.item).count()
  expect(await mother.find(t.accesses.trouble).count()).toBe(0)

  await restarts(() => { copyStorage(backup, relay.folder) })
  await goesHome(mother)
  await expectSynced(mother)
  await readsAccesses(mother)
  await mother.find(t.accesses.trouble).first().waitFor()
  expect(await mother.find(t.accesses.item).count()).toBeGreaterThanOrEqual(known)
  expect(await (await mother.sees(t.accesses.trouble)).innerText()).toContain("この端末に残してあります")
})
