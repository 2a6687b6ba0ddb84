/** The browser's storage is full: said before anything is claimed saved, and what was typed stays in the form. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { beginsEdit, expectSynced, fact, opensApp, opensChild, saves, takesInSamples, types } from "../harness/family"
import { ORIGIN, type Person } from "../harness/person"
import { Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
let mother: Person

beforeAll(async () => {
  stage = await Stage.set()
  mother = await stage.person("mother")
  await takesInSamples(mother)
})

afterAll(async () => { await stage.end() })

/** A real, small quota; without bytes, the browser's own again. */
async function quota(bytes?: number): Promise<void> {
  const session = await mother.context.newCDPSession(mother.page)
  await session.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN, ...(bytes === undefined ? {} : { quotaSize: bytes }) })
}

test("a full storage is said at once, nothing claims to be saved, and nothing typed is lost", async () => {
  await opensChild(mother, AOI)
  await quota(1)
  await beginsEdit(mother, "weight")
  await types(mother, "value", "9.6")
  await mother.presses(t.edit.save)
  await mother.sees(t.frame.storageFull)
  expect(await mother.find(t.edit.field, { field: "value" }).inputValue()).toBe("9.6")
  expect(await mother.find("edit").isVisible()).toBe(true)

  await quota()
  await saves(mother)
  await expectSynced(mother)
  await opensApp(mother)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "9.6").waitFor()
})
