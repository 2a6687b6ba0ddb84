/** A station's staff and their numbers: changed, forgotten, given anew; who manages; and the paper of whoever manages alone. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { beginsEdit, edits, expectSynced, fact, goesHome, history, opensChild, types } from "../harness/family"
import { kept } from "../harness/files"
import type { Person } from "../harness/person"
import { onStage } from "../harness/stage"
import { addsStaff, changesRole, entersByWords, givesNewPin, isRefused, ITO, noteReaches, opensStation, printsWords, SATO, stationAtHome, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

let mother: Person
let tablet: Person
onStage(async (stage) => {
  ;({ mother, tablet } = await stationAtHome(stage, AOI, ITO, [SATO]))
})

test("a nurse who knows her number chooses another one, and the old one opens nothing", async () => {
  const chosen = { ...SATO, pin: "8520" }
  await opensStation(tablet)
  await tablet.presses(t.station.toOwn)
  await changesTo("0000", chosen.pin)
  await tablet.until(async () => (await tablet.find(t.station.own).innerText()).includes("番号が違います"), "the refusal")
  await changesTo(SATO.pin, chosen.pin)
  await tablet.sees(t.station.said)
  await isRefused(tablet, SATO)
  await takesTablet(tablet, chosen)
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "番号を変えたあと" }, "サルブタモール")
  await goesHome(tablet)
  await expectSynced(tablet)
})

test("a nurse who forgot her number gets a new one from her manager, under her own name, and the family has nothing to do", async () => {
  const again = { ...SATO, pin: "3333" }
  await goesHome(mother)
  await takesTablet(tablet, ITO)
  await mother.goesOffline()
  await givesNewPin(tablet, again)
  await goesHome(tablet)
  await expectSynced(tablet)
  await isRefused(tablet, { ...SATO, pin: "8520" })
  await takesTablet(tablet, again)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "番号を変えたあと").waitFor()

  // Until a phone of the family was online she reads; what she typed stays in the form, and the page says so.
  await beginsEdit(tablet, "medicine", "サルブタモール")
  await types(tablet, "note", "新しい番号で書いた")
  await tablet.presses(t.edit.save)
  const refusal = await tablet.sees(t.more.failure, { code: "key-owed" })
  expect(await refusal.innerText()).toContain("家族のスマホが一度つながると続けられます")
  await tablet.page.screenshot({ path: kept("station-key-owed.png") })
  await mother.goesOnline()
  await tablet.until(async () => {
    // A form that is being saved cannot be saved again, and one that was saved is left while it is pressed.
    const save = tablet.find(t.edit.save).and(tablet.page.locator(":enabled"))
    if ((await save.count()) > 0) await save.click({ timeout: 2000 }).catch(() => undefined)
    return (await tablet.find("edit").count()) === 0
  }, "the family's phone", 60)

  await goesHome(tablet)
  await expectSynced(tablet)
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "新しい番号で書いた").waitFor()
  const told = await history(mother, "medicine", "サルブタモール")
  for (const words of ["番号を変えたあと", "新しい番号で書いた"]) {
    expect(told.some((item) => item.value.includes(words) && item.author.includes(SATO.name)), words).toBe(true)
  }
})

test("a second manager helps the first, who then lets a newcomer in", async () => {
  const again = { ...ITO, pin: "7777" }
  const suzuki = { name: "鈴木", pin: "3690" }
  await takesTablet(tablet, ITO)
  await tablet.presses(t.station.open)
  await tablet.sees(t.station.alone)
  await changesRole(tablet, SATO.name, true)
  expect(await tablet.find(t.station.alone).count()).toBe(0)
  await takesTablet(tablet, { ...SATO, pin: "3333" })
  await givesNewPin(tablet, again)
  await goesHome(tablet)
  await expectSynced(tablet)
  await takesTablet(tablet, again)
  await changesRole(tablet, SATO.name, false)
  await addsStaff(tablet, suzuki)
  // Her keys may have to wait for a phone of the family; whoever manages the staff does nothing for it.
  await tablet.find(t.station.person, { person: suzuki.name, closed: "0" }).waitFor({ timeout: 60_000 })
  await goesHome(tablet)
  await expectSynced(tablet)
  await takesTablet(tablet, suzuki)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "新しい番号で書いた").waitFor()
  // Who does not manage the staff finds nothing to change but the own number.
  await opensStation(tablet)
  expect(await tablet.find(t.station.end).count()).toBe(0)
  expect(await tablet.find(t.station.edit).count()).toBe(0)
  await tablet.sees(t.station.toOwn)
})

test("who manages alone and forgot her number opens the tablet with the words on her paper, without any network", async () => {
  const before = { ...ITO, pin: "7777" }
  const after = { ...ITO, pin: "9999" }
  await takesTablet(tablet, before)
  const words = await printsWords(tablet)
  expect(words).toHaveLength(24)
  for (const pin of ["0001", "0002", "0003", "0004", "0005"]) await isRefused(tablet, { ...ITO, pin })
  const who = await tablet.sees("who")
  expect(await who.innerText()).toMatch(/あと\d+(秒|分)待ってください/u)
  expect(await tablet.find(t.station.enter).isDisabled()).toBe(true)

  await tablet.goesOffline()
  await tablet.presses(t.station.forgotten)
  const exchanged = words.map((word, i) => (i === 3 ? (words[4] ?? "") : i === 4 ? (words[3] ?? "") : word))
  await entersByWords(tablet, after, exchanged)
  await tablet.sees(t.station.wordsRefused)
  await entersByWords(tablet, after, words)
  await tablet.sees(t.station.writes, { person: ITO.name })
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "新しい番号で書いた").waitFor()
  await isRefused(tablet, before)
  await takesTablet(tablet, after)

  // She manages the staff as before.
  const yamada = { name: "山田", pin: "4560" }
  await addsStaff(tablet, yamada)
  await tablet.goesOnline()
  await goesHome(tablet)
  await expectSynced(tablet)
  await takesTablet(tablet, yamada)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "新しい番号で書いた").waitFor()
  await noteReaches(mother, AOI, tablet, "山田も書いた")
})

async function changesTo(current: string, next: string): Promise<void> {
  await (await tablet.sees(t.station.ownCurrent)).fill(current)
  await (await tablet.sees(t.station.ownPin)).fill(next)
  await (await tablet.sees(t.station.ownPinAgain)).fill(next)
  await tablet.presses(t.station.ownSave)
}
