/** The browser's storage is full: said before anything is claimed saved, and what was typed stays in the form. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { beginsEdit, expectSynced, fact, opensApp, opensChild, readsFirstScreen, saves, takesInSamples, types } from "../harness/family"
import type { Person } from "../harness/person"
import { fillUp, setQuota } from "../harness/quota"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

/** What is left free when the phone starts; junk then takes it. */
const ROOM_TO_START = 2_000_000

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person

beforeAll(async () => {
  stage = await Stage.set()
  const before = await stage.person("mother-before")
  await takesInSamples(before)
  await before.leaves()
  // Chromium remembers for half a minute how much room there was. A browser started anew has to ask.
  mother = await stage.person("mother", { profile: before.profile })
})

afterAll(async () => { await stage.end() })

test("a phone too full to store anything still opens the family's first screens, and says why nothing can be written", async () => {
  await mother.opens("/icon.svg")
  await setQuota(mother, 1)
  await opensApp(mother)
  await mother.sees(t.frame.storageFull)
  await opensChild(mother, AOI)
  expect(missingIn(await readsFirstScreen(mother))).toEqual([])
})

test("when it fills up during an edit, nothing claims to be saved, and nothing typed is lost", async () => {
  await mother.leaves()
  mother = await stage.person("mother-again", { profile: mother.profile })
  await mother.opens("/icon.svg")
  await setQuota(mother, (await usage()) + ROOM_TO_START)
  await opensApp(mother)
  await opensChild(mother, AOI)
  await beginsEdit(mother, "weight")
  await types(mother, "value", "9.6")
  await fillUp(mother)
  await mother.presses(t.edit.save)
  await mother.sees(t.frame.storageFull)
  expect(await mother.find(t.edit.field, { field: "value" }).inputValue()).toBe("9.6")
  expect(await mother.find("edit").isVisible()).toBe(true)

  await setQuota(mother)
  await saves(mother)
  await expectSynced(mother)
  await opensApp(mother)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "9.6").waitFor()
})

async function usage(): Promise<number> {
  return await mother.page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
}
