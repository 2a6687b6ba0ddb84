/** Break-glass: a family agrees beforehand; one officer alone opens nothing; two do, without a network; the family learns of it. */
import { expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { expectSynced, goesHome, onHome, opensApp, opensChild, readsFirstScreen } from "../harness/family"
import { motherOn } from "../harness/household"
import { looksAt, looksInBoth, picture } from "../harness/look"
import { registers, SATO, SUZUKI, type Officer } from "../harness/officers"
import type { Person } from "../harness/person"
import { onStage } from "../harness/stage"
import { testids as t } from "../testids"

const REASON = "震度6強。避難所で呼吸器の設定が必要"

let mother: Person
let town: Person
let code: string
onStage(async (stage) => {
  mother = await motherOn(stage)
  town = await stage.person("town hall")
})

test("a town hall puts two officers behind PINs and publishes its list", async () => {
  await opensApp(town, "/#/officer")
  await town.sees("officer")
  await registers(town, SATO)
  await town.presses(t.officer.add)
  await registers(town, SUZUKI)
  await town.presses(t.officer.townOpen)
  await town.find(t.officer.townName).fill("みどり市")
  await town.find(t.officer.townPin).fill(SATO.pin)
  await town.presses(t.officer.townSign)
  code = (await (await town.sees(t.officer.townCode)).getAttribute("data-code")) ?? ""
  expect(code).toMatch(/^omamori-city:1:[0-9a-f]{64}$/)
  await looksAt(town, "officer-list")
})

test("a mother sees who could open, two together, and agrees", async () => {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toGlass)
  await mother.sees("glass")
  await mother.find(t.glass.code).fill(code)
  await mother.presses(t.glass.find)
  const found = await mother.sees(t.glass.found)
  expect(await found.textContent()).toContain("みどり市")
  expect(await found.locator(`[data-testid="${t.glass.officer}"]`).allTextContents()).toHaveLength(2)
  await looksAt(mother, "glass-found")
  await mother.presses(t.glass.agree)
  await mother.sees(t.glass.consent, { ready: "true" })
  await expectSynced(mother)
  await looksAt(mother, "glass")
})

test("the officers hold the pages beforehand, sealed and without a name", async () => {
  await town.find(t.officer.code).fill(code)
  await town.find(t.officer.heldPin).fill(SATO.pin)
  await town.presses(t.officer.fetch)
  await town.sees(t.officer.fetched, { count: "1" })
  expect(await town.page.content()).not.toContain(AOI)
})

test("without a network one officer alone opens nothing, and is told why", async () => {
  await town.goesOffline()
  await town.find(t.officer.second).selectOption({ index: 1 })
  await town.find(t.officer.reason).fill(REASON)
  const first = await firstOfficer()
  await town.find(t.officer.firstPin).fill(first.pin)
  await town.presses(t.officer.ask)
  await town.sees(t.officer.asked)
  // The first officer tries to be the second one too.
  await town.find(t.officer.secondHere).selectOption({ label: `${first.name} ${first.office}` })
  await town.find(t.officer.secondPin).fill(first.pin)
  await town.presses(t.officer.look)
  await town.sees(t.more.failure, { code: "alone" })
  await looksAt(town, "officer-alone")
  // And with the other one's name, but not their PIN.
  const second = first === SATO ? SUZUKI : SATO
  await town.find(t.officer.secondHere).selectOption({ label: `${second.name} ${second.office}` })
  await town.find(t.officer.secondPin).fill(first.pin)
  await town.presses(t.officer.look)
  await town.sees(t.more.failure, { code: "wrong-pin" })
  expect(await town.find(t.first.screen).count()).toBe(0)
  expect(await town.page.content()).not.toContain(AOI)
})

/** Who stands first in the form depends on keys, which are random. */
async function firstOfficer(): Promise<Officer> {
  const chosen = await town.find(t.officer.first).locator("option:checked").textContent()
  return chosen?.includes(SATO.name) === true ? SATO : SUZUKI
}

test("two officers together read the first screen, with reason and end, still without a network", async () => {
  const shown = await town.find(t.officer.secondHere).locator("option:checked").textContent()
  const second = shown?.includes(SATO.name) === true ? SATO : SUZUKI
  await town.find(t.officer.secondPin).fill(second.pin)
  await town.presses(t.officer.look)
  const asks = await town.sees(t.officer.asks)
  expect(await asks.textContent()).toContain(REASON)
  expect(await town.find(t.first.screen).count()).toBe(0)
  await town.presses(t.officer.open)
  await town.sees("officer-shown")
  expect(missingIn(await readsFirstScreen(town))).toEqual([])
  expect(await (await town.sees(t.officer.bannerReason)).textContent()).toContain(REASON)
  expect(await (await town.sees(t.officer.banner)).textContent()).toMatch(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}/)
  await town.sees(t.officer.told, { untold: "1" })
  await looksAt(town, "officer-shown")
  await onHome(mother, AOI)
  expect(await mother.find(t.home.opened).count()).toBe(0)
})

test("as soon as there is a network the family sees who opened, why and until when", async () => {
  await town.goesOnline()
  await town.sees(t.officer.told, { untold: "0" })
  await mother.find(t.home.opened).first().waitFor()
  await mother.presses(t.home.opened)
  const opened = await mother.sees(t.glass.opened)
  const text = (await opened.textContent()) ?? ""
  for (const said of [REASON, SATO.name, SUZUKI.name, "みどり市"]) expect(text).toContain(said)
  await looksAt(mother, "glass-opened")
  await mother.presses(t.glass.saw)
  await mother.find(t.glass.saw).waitFor({ state: "detached" })
  await goesHome(mother)
  expect(await mother.find(t.home.opened).count()).toBe(0)
})

test("in the record of who looked, the officer who fetched the pages stands with name, office and town", async () => {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.accesses)
  await mother.sees(t.accesses.read, { reached: "true" })
  const officer = mother.find(t.accesses.item).filter({ hasText: SATO.name })
  await officer.first().waitFor()
  for (const said of ["みどり市", SATO.office]) expect(await officer.first().innerText()).toContain(said)
  await looksInBoth(mother, "accesses-officer", () => officer.first().waitFor())
})

test("when the time they asked for is over the officers' page closes by itself, and says so", async () => {
  const [until] = /\d{4}-\d{2}-\d{2} \d{2}:\d{2}/.exec((await (await town.sees(t.officer.banner)).textContent()) ?? "") ?? []
  const end = await town.page.evaluate((words) => new Date(words).getTime(), (until ?? "").replace(" ", "T"))
  expect(end).toBeGreaterThan(Date.now() + 5 * 3_600_000)
  await lookedAt(town, end - 60_000)
  expect(missingIn(await readsFirstScreen(town))).toEqual([])
  await lookedAt(town, end + 120_000)
  await town.sees("officer")
  await town.sees(t.officer.ended)
  expect(await town.page.content()).not.toContain(AOI)
  await looksAt(town, "officer-ended")
  await lookedAt(town, Date.now())
})

/** Somebody comes back to the device at that moment; the app looks at its clock whenever it comes into sight. */
async function lookedAt(person: Person, at: number): Promise<void> {
  await person.page.clock.setSystemTime(at)
  await person.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))
}

test("a mother who takes it back reads plainly what stays readable, and honest officers keep nothing", async () => {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toGlass)
  await mother.presses(t.glass.withdraw)
  const dialog = await mother.sees(t.glass.withdrawDialog)
  expect(await dialog.textContent()).toContain("今までに預けた分は、2人がそろってまだ持っていれば")
  await picture(mother.page, "glass-withdraw-phone")
  await mother.presses(t.glass.withdrawConfirm)
  await mother.sees(t.glass.over)
  await expectSynced(mother)
  await town.find(t.officer.code).fill(code)
  await town.find(t.officer.heldPin).fill((await heldBy()).pin)
  await town.presses(t.officer.fetch)
  await town.sees(t.officer.fetched, { count: "0" })
  expect(await town.find(t.officer.held).count()).toBe(0)
})

async function heldBy(): Promise<Officer> {
  const text = await town.find(t.officer.heldPin).locator("xpath=..").textContent()
  return text?.includes(SATO.name) === true ? SATO : SUZUKI
}
