/** From an empty phone to a first screen, a card and a printed sheet: at most twelve fields, and an interruption in the middle. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { expectSynced, opensApp, readsFirstScreen, takesPhoneBack } from "../harness/family"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

/** What the parent answers, by field. */
const ANSWERS: Record<string, string> = {
  guardian: "母 さくら",
  name: "みなと",
  birth_date: "2023-04-05",
  sex: "男児",
  weight: "11.2",
  must_never: "仰向けに寝かせない",
  sign: "SpO2 88%未満",
  act: "吸引してから酸素 1 L/min",
  airway: "カニューレ 内径3.5mm カフなし",
  allergy: "卵",
  diagnosis: "気管支軟化症",
  phone_name: "夜間救急",
  phone_number: "000-0000-0505",
}

let stage: Stage
keepPicturesOfFailures(() => stage)
let parent: Person

beforeAll(async () => {
  stage = await Stage.set()
  parent = await stage.person("parent")
})

afterAll(async () => { await stage.end() })

/** Fills in what is on the screen; returns the names of the fields. */
async function answers(): Promise<string[]> {
  await parent.sees(t.start.field)
  const fields = await parent.find(t.start.field).all()
  const names: string[] = []
  for (const field of fields) {
    const name = (await field.getAttribute("data-field")) ?? ""
    const answer = ANSWERS[name]
    if (answer === undefined) throw new Error(`the start asks for ${name}, and nobody prepared an answer`)
    await field.fill(answer)
    names.push(name)
  }
  return names
}

/** Goes on until the start is finished; returns the names of all fields met. */
async function goesThrough(): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    names.push(...(await answers()))
    if (await parent.find(t.start.finish).isVisible()) break
    const before = await parent.find(t.start.field).first().getAttribute("data-field")
    await parent.presses(t.start.next)
    await parent.until(async () => (await parent.find(t.start.field).first().getAttribute("data-field")) !== before, "the next step")
  }
  await parent.presses(t.start.finish)
  await parent.sees("start-done")
  return names
}

test("an interrupted start is resumed, and within twelve fields there is a first screen, a card and a sheet", async () => {
  await opensApp(parent)
  await parent.sees(t.home.empty)
  await parent.presses(t.home.start)
  await parent.sees("start")
  const first = await answers()
  await parent.presses(t.start.next)
  await parent.until(async () => !first.includes((await parent.find(t.start.field).first().getAttribute("data-field")) ?? ""), "the next step")
  const interruptedAt = await answers()

  await parent.sees(t.start.kept)
  // The child coughs; the phone is put away; the browser is killed in somebody's pocket.
  await parent.killed()
  parent = await stage.person("parent-later", { profile: parent.profile })
  await opensApp(parent)
  await parent.presses(t.home.resume)
  await parent.sees("start")
  const resumed = parent.find(t.start.field, { field: interruptedAt[0] ?? "" })
  await resumed.waitFor()
  expect(await resumed.inputValue()).toBe(ANSWERS[interruptedAt[0] ?? ""])

  const rest = await goesThrough()
  const asked = new Set([...first, ...rest])
  expect(asked.size).toBeLessThanOrEqual(12)
  await expectSynced(parent)

  await parent.presses(t.start.words)
  await parent.sees("words")
  await parent.sees(t.words.make)
  await parent.page.goBack()
  await parent.sees("start-done")
  await parent.presses(t.start.doctor)
  await parent.sees("doctor")
  const screen = await readsFirstScreen(parent)
  for (const field of asked) {
    if (["guardian", "birth_date", "weight"].includes(field)) continue
    expect(screen).toContain(ANSWERS[field])
  }
  expect(screen.replace(/\s/g, "")).toContain("11.2kg")
  await takesPhoneBack(parent)

  await parent.page.goBack()
  await opensApp(parent)
  await parent.presses(t.home.card)
  await parent.sees(t.card.qr)
  await opensApp(parent)
  await parent.presses(t.home.open)
  await parent.presses(t.child.toPrint)
  expect(await (await parent.sees(t.print.sheet)).innerText()).toContain("仰向けに寝かせない")
})

test("a date that does not exist is refused where it was typed, and nothing typed is lost", async () => {
  await opensApp(parent)
  await parent.presses(t.home.newChild)
  await parent.sees("start")
  await parent.sees(t.start.field)
  for (const field of await parent.find(t.start.field).all()) {
    const name = (await field.getAttribute("data-field")) ?? ""
    if (name === "birth_date" && (await field.getAttribute("type")) !== "date") await field.fill("2023-02-30")
    else if (name === "weight") await field.fill("九キロ")
    else await field.fill(ANSWERS[name] ?? "")
  }
  await parent.presses(t.start.next)
  await parent.page.locator("[aria-invalid=true]").first().waitFor()
  expect(await parent.find(t.start.field, { field: "name" }).inputValue()).toBe(ANSWERS["name"])
})
