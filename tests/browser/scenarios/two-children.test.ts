/** Two children in one family: an edit begun in one can never land in the other. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { beginsEdit, fact, goesHome, opensChild, saves, types } from "../harness/family"
import { motherOn } from "../harness/household"
import type { Person } from "../harness/person"
import { onStage } from "../harness/stage"
import { testids as t } from "../testids"

const HARUTO = "はると"

let mother: Person
onStage(async (stage) => { mother = await motherOn(stage) })

async function headed(name: string): Promise<void> {
  await expect.poll(async () => await mother.find(t.frame.childName).first().textContent()).toContain(name)
}

test("what was typed for one child never appears in the other's form", async () => {
  await opensChild(mother, AOI)
  await beginsEdit(mother, "weight")
  await types(mother, "value", "9.9")
  await goesHome(mother)
  await opensChild(mother, HARUTO)
  await beginsEdit(mother, "weight")
  await headed(HARUTO)
  expect(await mother.find(t.edit.field, { field: "value" }).inputValue()).not.toBe("9.9")
})

test("whatever Back and Forward do, saving changes the child whose name stands above", async () => {
  await opensChild(mother, AOI)
  await beginsEdit(mother, "weight")
  const edit = mother.page.url()
  await types(mother, "value", "9.4")
  await goesHome(mother)
  await opensChild(mother, HARUTO)
  await beginsEdit(mother, "weight")
  await types(mother, "value", "32.4")

  // Back, step by step, until the first edit is there again.
  await mother.until(async () => {
    if (mother.page.url() === edit) return true
    await mother.page.goBack()
    return false
  }, "coming back to the first edit")
  await headed(AOI)
  await types(mother, "value", "9.4")
  await saves(mother)

  await opensChild(mother, AOI)
  await fact(mother, "weight", "9.4").waitFor()
  await opensChild(mother, HARUTO)
  await fact(mother, "weight", "32.0").waitFor()
  expect(await mother.page.content()).not.toContain("9.4")
})

test("an address of one child's fact opened in the other child leads nowhere", async () => {
  await opensChild(mother, AOI)
  await beginsEdit(mother, "must-never")
  const aoi = /#\/child\/([^/]+)\/edit\/(.+)$/.exec(mother.page.url())
  await opensChild(mother, HARUTO)
  const haruto = /#\/child\/([^/]+)/.exec(mother.page.url())
  if (aoi === null || haruto === null) throw new Error("the addresses are not what they were")
  const crossed = `#/child/${haruto[1] ?? ""}/edit/${aoi[2] ?? ""}`
  await mother.page.evaluate((hash) => { location.hash = hash }, crossed)
  await headed(HARUTO)
  expect(await mother.find(t.edit.save).count()).toBe(0)
})

test("every screen of a child names that child", async () => {
  for (const name of [AOI, HARUTO]) {
    for (const [button, screen] of [
      [t.child.toCard, "card"],
      [t.child.toPrint, "print"],
      [t.child.toLog, "log"],
      [t.child.toDifferences, "differences"],
      [t.child.toPeople, "people"],
    ] as const) {
      await opensChild(mother, name)
      await mother.presses(button)
      await mother.sees(screen)
      await headed(name)
    }
  }
})

test("an entry of which everything is cleared is retracted with a reason, and never vanishes without one", async () => {
  await opensChild(mother, HARUTO)
  await beginsEdit(mother, "allergy")
  for (const field of await mother.find(t.edit.field).all()) await field.fill("")
  await mother.presses(t.edit.save)
  await (await mother.sees(t.edit.retractReason)).fill("検査で否定された")
  await mother.presses(t.more.retractConfirm)
  await mother.find("edit").waitFor({ state: "hidden" })
  await opensChild(mother, HARUTO)
  expect(await mother.page.locator("body").innerText()).not.toContain("検査で否定された")
})
