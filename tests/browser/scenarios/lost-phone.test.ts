/** A phone is lost. The paper in the drawer, a new phone and a network bring every record back. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, opensApp, opensChild } from "../harness/family"
import { motherAnd } from "../harness/household"
import { makesWords, testsWords } from "../harness/lock"
import type { Person } from "../harness/person"
import { asksToPrint, packed, prints } from "../harness/printed"
import { takesOut } from "../harness/removing"
import { onStage, type Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
let mother: Person
let father: Person
let words: string[]
onStage(async (set) => {
  stage = set
  ;({ mother, other: father } = await motherAnd("father", { who: "same-guardian", name: "父の電話" }, stage))
})

test("the words are on paper, asked back once, and then nowhere else", async () => {
  words = await makesWords(mother)
  expect(words).toHaveLength(24)
  await asksToPrint(mother, t.words.print)
  const paper = await prints(mother, "words-kit")
  expect(paper.pages).toBe(1)
  expect(words.filter((word) => !packed(paper.text).includes(packed(word)))).toEqual([])
  // On paper stands what nobody remembers years later: what it is for, how, and whom it is kept from.
  for (const line of await mother.find(t.words.paper).locator("h2, p, .how li").allTextContents()) expect(packed(paper.text)).toContain(packed(line))
  await goesHome(mother)
  await mother.sees(t.words.remind)
  await opensApp(mother, "/#/words")
  await mother.sees(t.words.paper)
  await testsWords(mother, words)
  await opensApp(mother, "/#/words")
  await mother.sees(t.words.done)
  expect(await mother.find(t.words.word).count()).toBe(0)
  await goesHome(mother)
  expect(await mother.find(t.words.remind).count()).toBe(0)
  await opensChild(mother, AOI)
  await edits(mother, "weight", { value: "9.4" })
  await expectSynced(mother)
})

test("on a new phone the words bring every child back, the lost phone goes, and the other parent's phone agrees", async () => {
  // Dropped into the river: it was never told anything again.
  await mother.goesOffline()
  const phone = await stage.person("mothers-new-phone")
  await opensApp(phone, "/#/recover")
  await phone.sees(t.recover.word)
  const fields = await phone.find(t.recover.word).all()
  // As a tired parent types: katakana, and one word quite wrong at first.
  for (const [i, field] of fields.entries()) await field.fill(i === 3 ? "ぬるぽ" : i % 2 === 0 ? katakana(words[i] ?? "") : (words[i] ?? ""))
  await phone.find(t.recover.word, { read: "unknown" }).waitFor()
  expect(await phone.find(t.recover.do).isDisabled()).toBe(true)
  await fields[3]?.fill(words[4] ?? "")
  await fields[4]?.fill(words[3] ?? "")
  await phone.presses(t.recover.do)
  await phone.sees(t.recover.refused)
  const again = await phone.find(t.recover.word).all()
  for (const [i, field] of again.entries()) await field.fill(words[i] ?? "")
  await phone.presses(t.recover.do)
  await phone.find(t.recover.done).waitFor({ state: "visible", timeout: 120_000 })
  expect(await phone.find(t.recover.child).count()).toBe(4)

  // Each child's record had the lost phone in it; あおい's also the father's.
  const takeOuts = phone.find(t.lost.phone).filter({ hasNotText: "父の電話" })
  const count = await takeOuts.count()
  expect(count).toBe(4)
  for (let i = 0; i < count; i++) await takesOut(phone, takeOuts.nth(i))
  await expectSynced(phone)

  await opensChild(phone, AOI)
  await fact(phone, "weight", "9.4").waitFor()
  await edits(phone, "weight", { value: "9.6" })
  await expectSynced(phone)

  await opensChild(father, AOI)
  await fact(father, "weight", "9.6").waitFor()
  await edits(father, "weight", { value: "9.7" })
  await expectSynced(father)
  await opensChild(phone, AOI)
  await fact(phone, "weight", "9.7").waitFor()
})

test("the lost phone, back in a network, learns nothing that was said since", async () => {
  await mother.goesOnline()
  await opensApp(mother)
  await opensChild(mother, AOI)
  await mother.until(async () => {
    const state = await mother.find(t.frame.sync).first().getAttribute("data-state")
    return state === "refused" || state === "waiting"
  }, "the relay's refusal", 60)
  expect(await fact(mother, "weight", "9.4").count()).toBe(1)
  expect(await fact(mother, "weight", "9.7").count()).toBe(0)
})

test("from the other parent's phone a phone is taken out under 「電話をなくした」", async () => {
  await opensApp(father, "/#/lost")
  const before = await father.until(async () => {
    const count = await father.find(t.lost.phone).count()
    return count > 0 ? count : null
  }, "the list of phones")
  expect(before).toBeGreaterThan(0)
  await father.holds(await father.sees(t.lost.takeOut), async () => father.sees(t.lost.gone))
  await expectSynced(father)
})

function katakana(word: string): string {
  return word.replace(/[ぁ-ゖ]/gu, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
}
