/** Phones whose clocks are wrong by a quarter of an hour: nobody sets them right before writing down what a child needs. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { runsAhead } from "../harness/clock"
import { edits, expectSynced, fact, goesHome, history, opensChild } from "../harness/family"
import { motherAnd } from "../harness/household"
import type { Person } from "../harness/person"
import { onStage } from "../harness/stage"
import { testids as t } from "../testids"

let mother: Person
let father: Person
onStage(async (stage) => {
  ;({ mother, other: father } = await motherAnd("father", { who: "co-guardian", name: "父" }, stage))
})

test.each([
  ["fast", 15],
  ["slow", -15],
] as const)("a phone that is a quarter of an hour %s is let in by the relay, and what it says and hears is as on any other", async (how, minutes) => {
  const refused: string[] = []
  let tokens = 0
  mother.page.on("response", (answer) => {
    const path = new URL(answer.url()).pathname
    if (path.endsWith("/token") && answer.ok()) tokens += 1
    if (path.startsWith("/v1/") && answer.status() >= 400) refused.push(`${answer.status().toString()} ${path}`)
  })
  await runsAhead(mother, minutes)
  const off = await mother.page.evaluate(() => Date.now())
  expect(Math.round((off - Date.now()) / 60_000)).toBe(minutes)
  await opensChild(mother, AOI)
  const value = how === "fast" ? "10.1" : "10.3"
  await edits(mother, "weight", { value })
  await expectSynced(mother)
  expect(tokens).toBeGreaterThan(0)
  expect(refused).toEqual([])

  await opensChild(father, AOI)
  await fact(father, "weight", value).waitFor({ timeout: 60_000 })
  expect(await fact(father, "weight").locator(`[data-testid="${t.child.contradiction}"]`).count()).toBe(0)

  // Whoever has seen it corrects it, whatever the clocks say.
  const after = how === "fast" ? "10.2" : "10.4"
  await edits(father, "weight", { value: after })
  await expectSynced(father)
  await goesHome(mother)
  await opensChild(mother, AOI)
  await fact(mother, "weight", after).waitFor({ timeout: 60_000 })
  const told = await history(mother, "weight", after)
  expect(told.map((item) => /10\.\d/.exec(item.value)?.[0]).slice(0, 2)).toEqual([after, value])
})
