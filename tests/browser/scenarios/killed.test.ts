/** A battery that dies and a second tab: what was said stays said, once. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, history, invites, opensApp, opensChild, queued, takesInSamples } from "../harness/family"
import type { Camera } from "../harness/camera"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let second: Person
let camera: Camera

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  second = await stage.person("mothers-second-phone")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, second, { who: "same-guardian", name: "母のタブレット" })
})

afterAll(async () => { await stage.end() })

test("a change made offline survives a killed browser and arrives exactly once", async () => {
  await opensChild(mother, AOI)
  await mother.goesOffline()
  await edits(mother, "weight", { value: "9.1" })
  expect(await queued(mother)).toBe(1)
  await mother.killed()

  // Restarted, still without a network: it is there, and still waits.
  const later = await stage.person("mother-later", { profile: mother.profile, camera })
  await later.goesOffline()
  await opensApp(later)
  await opensChild(later, AOI)
  await fact(later, "weight", "9.1").waitFor()
  expect(await queued(later)).toBe(1)
  // Its tab is killed too, on the way out.
  await later.page.goto("chrome://crash").catch(() => undefined)
  const tab = await later.tab("/")
  await later.page.close()
  await tab.goesOnline()
  await expectSynced(tab)

  await opensChild(second, AOI)
  await fact(second, "weight", "9.1").waitFor()
  const told = await history(second, "weight")
  expect(told.filter((item) => item.value.includes("9.1"))).toHaveLength(1)
  await tab.leaves()
})

test("a second tab of one profile reads and cannot write; when the first closes, it may", async () => {
  const first = await stage.person("father", { profile: mother.profile, camera })
  await opensApp(first)
  await opensChild(first, AOI)
  const other = await first.tab("/")
  await other.sees(t.frame.readOnly)
  await opensChild(other, AOI)
  await other.find(t.first.screen).filter({ hasText: "9.1" }).waitFor()
  expect(await other.find(t.child.edit).count()).toBe(0)

  // Both at once: the first writes on, the second shows it and forks nothing.
  await edits(first, "weight", { value: "9.2" })
  await other.find(t.first.screen).filter({ hasText: "9.2" }).waitFor()
  await expectSynced(first)

  await first.page.close()
  await opensApp(other)
  await opensChild(other, AOI)
  await edits(other, "weight", { value: "9.3" })
  await expectSynced(other)
  await opensChild(second, AOI)
  await fact(second, "weight", "9.3").waitFor()
  expect((await history(second, "weight")).filter((item) => !item.superseded)).toHaveLength(1)
})
