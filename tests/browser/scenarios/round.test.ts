/** A nurse and a mother edit the same record, both without a network. Nothing may be lost, and nobody decides but a person. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, history, invites, opensChild, queued, takesInSamples } from "../harness/family"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let nurse: Person

beforeAll(async () => {
  stage = await Stage.set()
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木", organisation: "訪看ステーションかえで" })
})

afterAll(async () => { await stage.end() })

test("both stand; where they contradict, both values stand side by side until one person decides", async () => {
  await opensChild(mother, AOI)
  await opensChild(nurse, AOI)
  await mother.goesOffline()
  await nurse.goesOffline()

  // Different facts.
  await edits(mother, "medicine", { note: "冷蔵庫の上段" }, "アスホターゼ")
  await edits(nurse, "medicine", { note: "吸入のあと口をゆすぐ" }, "サルブタモール")
  // Different fields of one fact.
  await edits(mother, "ventilator", { alarm_high_pressure: "32" })
  await edits(nurse, "ventilator", { circuit: "小児 熱線あり(11-18交換)" })
  // The same field differently.
  await edits(mother, "tube", { next_change: "2026-11-22" }, "カニューレ")
  await edits(nurse, "tube", { next_change: "2026-11-23" }, "カニューレ")
  expect(await queued(mother)).toBeGreaterThanOrEqual(3)
  expect(await queued(nurse)).toBeGreaterThanOrEqual(3)

  await mother.goesOnline()
  await nurse.goesOnline()
  await expectSynced(mother)
  await expectSynced(nurse)

  for (const person of [mother, nurse]) {
    await opensChild(person, AOI)
    await fact(person, "medicine", "冷蔵庫の上段").waitFor()
    await fact(person, "medicine", "口をゆすぐ").waitFor()
    await fact(person, "ventilator", "32").filter({ hasText: "11-18交換" }).waitFor()
    const contradiction = fact(person, "tube", "カニューレ").locator(`[data-testid="${t.child.contradiction}"]`)
    await contradiction.waitFor()
    const text = await contradiction.innerText()
    for (const part of ["11-22", "11-23", "佐々木", "母"]) expect(text).toContain(part)
  }

  await mother.presses(t.child.toDifferences)
  const choice = mother.find(t.differences.choice).filter({ hasText: "11-23" })
  await (await mother.sees(t.differences.reason)).fill("訪看と電話で確かめた")
  await choice.locator(`[data-testid="${t.differences.settle}"]`).click()
  await mother.sees(t.differences.none)
  await expectSynced(mother)

  for (const person of [mother, nurse]) {
    await goesHome(person)
    await opensChild(person, AOI)
    const tube = fact(person, "tube", "カニューレ")
    await tube.locator(`[data-testid="${t.child.contradiction}"]`).waitFor({ state: "detached" })
    expect(await tube.innerText()).toContain("11-23")
    const told = await history(person, "tube", "カニューレ")
    expect(told.some((item) => item.value.includes("11-22") && item.author.includes("母") && item.superseded)).toBe(true)
    expect(told.some((item) => item.value.includes("11-23") && item.author.includes("佐々木"))).toBe(true)
    expect(told.some((item) => item.value.includes("訪看と電話で確かめた") && item.author.includes("母"))).toBe(true)
  }
})

test("the nurse cannot see what she was not given, and cannot edit what she may only read", async () => {
  await opensChild(nurse, AOI)
  expect(await nurse.find(t.child.fact, { compartment: "restricted" }).count()).toBe(0)
  expect(await nurse.find(t.child.fact, { compartment: "consents" }).count()).toBe(0)
  const life = nurse.find(t.child.fact, { compartment: "life" })
  await life.first().waitFor()
  expect(await life.locator(`[data-testid="${t.child.edit}"]`).count()).toBe(0)
})

test("an entry of the shared sheet reaches the mother with the nurse's name", async () => {
  await opensChild(nurse, AOI)
  await nurse.presses(t.child.toLog)
  await nurse.presses(t.log.add)
  await (await nurse.sees(t.log.chiefComplaint)).fill("痰が黄色い")
  await (await nurse.sees(t.log.situation)).fill("吸引10分ごと、SpO2 95")
  await (await nurse.sees(t.log.response)).fill("往診に報告、カルボシステイン継続")
  await nurse.presses(t.log.save)
  await expectSynced(nurse)
  await opensChild(mother, AOI)
  await mother.presses(t.child.toLog)
  const entry = mother.find(t.log.entry).filter({ hasText: "痰が黄色い" })
  await entry.waitFor()
  expect(await entry.innerText()).toContain("佐々木")
})
