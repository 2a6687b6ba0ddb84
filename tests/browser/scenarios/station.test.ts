/** A station's nurses share a tablet. One is let in with it, writes, and leaves; her colleague works on. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, history, holdsUpCard, opensApp, opensChild } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { takesOut } from "../harness/removing"
import { onStage } from "../harness/stage"
import { endsStaff, ITO, type LetIn, SATO, stationAtHome, SUZUKI, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

let mother: Person
let tablet: Person
let letIn: LetIn
onStage(async (stage) => {
  ;({ mother, tablet, letIn } = await stationAtHome(stage, AOI, ITO, [SATO, SUZUKI]))
})

test("a shared tablet shows nothing of a child before somebody said who they are, and a wrong number opens nothing", async () => {
  await goesHome(tablet)
  await tablet.presses(t.station.change)
  const who = await tablet.sees("who")
  expect(await who.innerText()).not.toContain(AOI)
  await tablet.presses(t.station.who, { person: SATO.name })
  await (await tablet.sees(t.station.whoPin)).fill(SUZUKI.pin)
  await tablet.presses(t.station.enter)
  await tablet.until(async () => (await who.innerText()).includes("番号が違います"), "the refusal")
  // A typed address leads nowhere either.
  await tablet.page.evaluate(() => { location.hash = "#/child/1" })
  await tablet.sees("who")
  await tablet.page.reload()
  await tablet.sees("who")
  expect(await tablet.find(t.frame.childName).count()).toBe(0)
})

test("the family agreed in six taps, having read the whole consent, and that copies cannot be called back", () => {
  expect(letIn.taps).toBe(6)
  for (const words of [
    "ひまわり訪問看護ステーション",
    "ふだんの支援と、急なときの対応のため", // purpose
    "相手は、上の目的のほかには使いません", // custody
    "だれが職員かは事業所が決め",
    "理由なしに、いつでもやめられます", // withdrawal
    "写し・印刷は、相手の手元に残ることがあります",
    "限られた人にだけ見せること", // what it does not see
  ]) expect(letIn.consent).toContain(words)
})

test("it sees the record with the station's eyes, and keeps the consent to read and print", async () => {
  await mother.presses(t.invite.eyes)
  const hidden = await mother.sees(t.person.eyesHidden)
  expect(await hidden.locator("li").evaluateAll((lines) => lines.map((line) => line.getAttribute("data-compartment")))).toEqual(["restricted", "consents"])
  const drawn = mother.find(t.person.eyesRecord).locator(`[data-testid="${t.child.fact}"]`)
  await drawn.first().waitFor()
  const seen = new Set(await drawn.evaluateAll((facts) => facts.map((one) => one.getAttribute("data-compartment"))))
  expect([seen.has("care"), seen.has("restricted"), seen.has("consents")]).toEqual([true, false, false])

  await opensChild(mother, AOI)
  // There is something to hide: the mother sees it herself.
  await mother.find(t.child.fact, { compartment: "restricted" }).first().waitFor()
  await mother.presses(t.child.toPeople)
  await mother.find(t.people.member, { holder: "organisation" }).locator(`[data-testid="${t.people.open}"]`).click()
  await mother.sees("person")
  await (await mother.sees(t.person.consent, { altered: "false" })).locator("a").click()
  await mother.sees("consent")
  expect(await (await mother.sees(t.person.consentText)).innerText()).toBe(letIn.consent)
  await goesHome(mother)
})

test("what the nurse writes on it reaches the family under her own name", async () => {
  await takesTablet(tablet, SATO)
  await opensChild(tablet, AOI)
  await tablet.goesOffline()
  await edits(tablet, "medicine", { note: "佐藤が確かめた" }, "サルブタモール")
  await holdsUpCard(tablet, AOI)
  await tablet.find(t.more.made, { kind: "card", outdated: "false" }).filter({ hasText: SATO.name }).waitFor()
  await tablet.goesOnline()
  await goesHome(tablet)
  await expectSynced(tablet)
  await goesHome(mother)
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "佐藤が確かめた").waitFor()
  const told = await history(mother, "medicine", "サルブタモール")
  expect(told.some((item) => item.value.includes("佐藤が確かめた") && item.author.includes(SATO.name))).toBe(true)
})

test("a colleague who was away when the family agreed opens the record with her own number", async () => {
  await takesTablet(tablet, SUZUKI)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "佐藤が確かめた").waitFor()
})

test("the nurse leaves in two taps: her words stay, the tablet does not open for her, and her colleague works on", async () => {
  await takesTablet(tablet, ITO)
  await endsStaff(tablet, SATO.name)
  await goesHome(tablet)
  await expectSynced(tablet)
  // The family's next word brings the new key with it.
  await goesHome(mother)
  await opensChild(mother, AOI)
  await edits(mother, "medicine", { note: "母も読んだ" }, "アスホターゼ")
  await goesHome(mother)
  await expectSynced(mother)

  await goesHome(tablet)
  await tablet.presses(t.station.change)
  await tablet.sees("who")
  expect(await tablet.find(t.station.who, { person: SATO.name }).count()).toBe(0)
  await takesTablet(tablet, SUZUKI)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "母も読んだ").waitFor()
  // The card that she made still stands in the tablet's list, as what it is by now.
  await holdsUpCard(tablet, AOI)
  await tablet.find(t.more.made, { kind: "card", outdated: "true" }).filter({ hasText: SATO.name }).waitFor()
  await looksAt(tablet, "card-made-by-ja")
  await opensChild(tablet, AOI)
  await edits(tablet, "medicine", { note: "鈴木が引き継いだ" }, "サルブタモール")
  await goesHome(tablet)
  await expectSynced(tablet)

  await opensChild(mother, AOI)
  await fact(mother, "medicine", "鈴木が引き継いだ").waitFor()
  const told = await history(mother, "medicine", "サルブタモール")
  expect(told.some((item) => item.value.includes("佐藤が確かめた") && item.author.includes(SATO.name))).toBe(true)
  expect(told.some((item) => item.value.includes("鈴木が引き継いだ") && item.author.includes(SUZUKI.name))).toBe(true)
})

test("what she writes without a network after the family took her out is kept apart under her name, and the tablet stays", async () => {
  await goesHome(tablet)
  await opensChild(tablet, AOI)
  await tablet.goesOffline()
  await edits(tablet, "medicine", { note: "外されたあとの言葉" }, "サルブタモール")
  await opensApp(mother, "/#/lost")
  const phone = mother.find(t.lost.phone).filter({ hasText: SUZUKI.name }).first()
  await phone.waitFor()
  await takesOut(mother, phone)
  await expectSynced(mother)
  await tablet.goesOnline()

  await opensChild(mother, AOI)
  const child = new URL(mother.page.url()).hash
  await mother.page.evaluate((hash) => { location.hash = hash }, `${child}/apart`)
  const late = mother.find(t.apart.late).filter({ hasText: "外されたあとの言葉" })
  await late.waitFor({ timeout: 60_000 })
  expect(await late.innerText()).toContain(SUZUKI.name)
  await opensChild(mother, AOI)
  await fact(mother, "medicine", "鈴木が引き継いだ").waitFor()
  expect(await fact(mother, "medicine", "外されたあとの言葉").count()).toBe(0)
  // Whoever manages the staff still opens the record on the same tablet.
  await goesHome(tablet)
  await takesTablet(tablet, ITO)
  await opensChild(tablet, AOI)
  await fact(tablet, "medicine", "鈴木が引き継いだ").waitFor()
})
