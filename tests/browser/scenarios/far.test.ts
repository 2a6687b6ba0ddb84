/** A mother invites the grandmother in another town by a link and four words on the telephone; and somebody stands in between. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { expectSynced, fact, opensApp, opensChild, speaks } from "../harness/family"
import { invitesFar, ManInBetween, readsAloud, takesUp, typesWords } from "../harness/far"
import { setsLock, typesPin } from "../harness/lock"
import { motherOn } from "../harness/household"
import { looksAt, picture } from "../harness/look"
import type { Person } from "../harness/person"
import { onStage, type Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
let mother: Person
onStage(async (set) => {
  stage = set
  mother = await motherOn(stage)
})

async function members(): Promise<number> {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.sees(t.people.member)
  return await mother.find(t.people.member).count()
}

test("a grandmother in another town reads four words aloud, and sees the first screen", async () => {
  const grandmother = await stage.person("grandmother")
  const url = await invitesFar(mother, AOI, "grandparent", "祖母")
  await looksAt(mother, "far-waiting-ja")
  await opensApp(grandmother, new URL(url).search + new URL(url).hash)
  await grandmother.sees(t.join.begin)
  await looksAt(grandmother, "join-new-ja")
  await takesUp(grandmother, url)
  const words = await readsAloud(grandmother)
  expect(words).toHaveLength(4)
  await looksAt(grandmother, "join-words-ja")
  await mother.find(t.far.stage, { stage: "answered" }).waitFor({ state: "attached" })
  // Her own screen shows none of them: she has to listen.
  const seen = await mother.page.locator("body").innerText()
  for (const word of words) expect(seen).not.toContain(word)
  await looksAt(mother, "far-answered-ja")

  // Nothing has come before the mother typed them, and before the grandmother was told so.
  await typesWords(mother, words)
  await mother.find(t.far.stage, { stage: "in", delivered: "true" }).waitFor({ state: "attached", timeout: 60_000 })
  await looksAt(mother, "far-in-ja")
  // Opened again, the page has not forgotten who is in.
  await mother.page.reload()
  await mother.find(t.far.stage, { stage: "in", delivered: "true" }).waitFor({ state: "attached" })
  await mother.sees(t.far.eyes)
  expect(await grandmother.find(t.join.stage, { stage: "words" }).count()).toBe(1)
  await grandmother.presses(t.join.right)
  await grandmother.find(t.join.stage, { stage: "in" }).waitFor({ state: "attached", timeout: 60_000 })
  await looksAt(grandmother, "join-in-ja")
  // The message is tapped again, to open the app.
  await opensApp(grandmother, `/${new URL(url).hash}`)
  await grandmother.find(t.join.stage, { stage: "in" }).waitFor({ state: "attached" })
  await looksAt(grandmother, "join-again-ja")
  await grandmother.presses(t.join.open)
  await fact(grandmother, "must-never").waitFor()

  // As in person: in the list, with her consent.
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.find(t.people.member).filter({ hasText: "祖母" }).locator(`[data-testid="${t.people.open}"]`).click()
  await mother.sees(t.person.consent, { altered: "false" })
  await expectSynced(mother)
})

test("phones that were closed in between go on; a misheard word is asked for again; in English too", async () => {
  const aunt = await stage.person("aunt")
  const url = await invitesFar(mother, AOI, "grandparent", "Aunt")
  await takesUp(aunt, url)
  await readsAloud(aunt)
  await speaks(aunt, "en")
  // Without the message at hand: where phones are paired the invitation waits.
  await opensApp(aunt, "/#/pair")
  await aunt.presses(t.join.begun)
  const words = await readsAloud(aunt)
  await looksAt(aunt, "join-words-en")
  await mother.find(t.far.stage, { stage: "answered" }).waitFor({ state: "attached" })
  await speaks(mother, "en")
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.presses(t.far.row)
  const [first = "", ...others] = words
  await typesWords(mother, [first === "あいこくしん" ? "あいさつ" : "あいこくしん", ...others])
  await mother.sees(t.far.differ)
  await looksAt(mother, "far-differ-en")
  await typesWords(mother, words)
  await mother.find(t.far.stage, { stage: "in" }).waitFor({ state: "attached", timeout: 60_000 })
  await looksAt(mother, "far-in-en")
  await aunt.presses(t.join.right)
  await aunt.find(t.join.stage, { stage: "in" }).waitFor({ state: "attached", timeout: 60_000 })
  // The link has been used: who opens it now is told so.
  const late = await stage.person("late")
  await opensApp(late, "/#/pair")
  await (await late.sees(t.join.paste)).fill(`Omamori\n${url}`)
  await late.presses(t.join.begin)
  await late.sees(t.join.over, { code: "far-taken" })
  await speaks(late, "en")
  // Tapped again it says the same at once, and there is nothing to begin.
  await opensApp(late, `/${new URL(url).hash}`)
  await late.sees(t.join.over, { code: "far-taken" })
  expect(await late.find(t.join.begin).count()).toBe(0)
  await looksAt(late, "join-over-en")
})

test("whoever reads the messages and stands in between gives other words, and nobody is let in", async () => {
  const uncle = await stage.person("uncle")
  const before = await members()
  await speaks(mother, "en")
  const url = await invitesFar(mother, AOI, "grandparent", "叔父")
  await looksAt(mother, "far-waiting-en")
  const man = await ManInBetween.at(stage.relay.port, "ab".repeat(32))
  await man.answers(url)
  await speaks(uncle, "en")
  await opensApp(uncle, `/${new URL(man.replaces(url)).hash}`)
  await uncle.sees(t.join.begin)
  await looksAt(uncle, "join-new-en")
  await takesUp(uncle, man.replaces(url))
  await uncle.find(t.join.stage, { stage: "waiting" }).waitFor({ state: "attached" })
  await looksAt(uncle, "join-waiting-en")
  await man.showsOwn(2)
  await man.showsOwn(3)
  const heard = await readsAloud(uncle)
  await mother.find(t.far.stage, { stage: "answered" }).waitFor({ state: "attached" })
  await looksAt(mother, "far-answered-en")
  for (const tries of [1, 2]) {
    await typesWords(mother, heard)
    await mother.until(async () => (await mother.find(t.far.differ).innerText()).includes(String(3 - tries)), "the refusal")
  }
  await typesWords(mother, heard)
  await mother.sees(t.far.over, { code: "words-wrong" })
  await looksAt(mother, "far-over-en")
  await uncle.presses(t.join.wrong)
  await uncle.sees(t.join.over, { code: "far-stopped" })
  // Nothing lies there for the man, nobody is in the list, and the phone of the uncle has no child.
  expect(await man.statusOf(url, 3)).toBe(204)
  expect(await members()).toBe(before)
  expect(await mother.find(t.far.row).count()).toBe(0)
  await opensApp(uncle)
  await uncle.sees(t.home.empty)
})

test("an invitation can be stopped, and the phone that made one knows its own link", async () => {
  const url = await invitesFar(mother, AOI, "grandparent", "祖父")
  await mother.presses(t.far.drop)
  await mother.presses(t.far.dropConfirm)
  await mother.sees("people")
  expect(await mother.find(t.far.row).count()).toBe(0)
  // Her own phone made it: she is told so, as long as it stands.
  const own = await invitesFar(mother, AOI, "grandparent", "祖父")
  await opensApp(mother, `/${new URL(own).hash}`)
  await mother.find(t.join.stage, { stage: "own" }).waitFor({ state: "attached" })
  expect(url).not.toBe(own)
  // Whoever opens the one that was stopped is told so.
  const grandfather = await stage.person("grandfather")
  await takesUp(grandfather, url)
  await grandfather.sees(t.join.over, { code: "far-called-off" })
  await looksAt(grandfather, "join-called-off-ja")
  await speaks(grandfather, "en")
  // And he may stop one himself, while he waits.
  await takesUp(grandfather, own)
  await grandfather.presses(t.join.stop)
  await grandfather.sees(t.join.stopConfirm)
  await picture(grandfather.page, "join-stop-en")
  await grandfather.presses(t.join.stopConfirm)
  await grandfather.sees(t.join.over, { code: "far-stopped" })
})

test("a link that is opened while the app is locked, or in another tab, is gone on with", async () => {
  const url = await invitesFar(mother, AOI, "grandparent", "伯母")
  const place = `/${new URL(url).hash}`
  const aunt = await stage.person("aunt with a lock")
  await opensApp(aunt)
  const tab = await aunt.tab(place)
  await tab.find(t.join.stage, { stage: "tab" }).waitFor({ state: "attached" })
  await looksAt(tab, "join-tab-ja")
  await tab.presses(t.more.tabTakeOver)
  await tab.sees(t.join.begin)
  await aunt.sees(t.more.tabTakeOver)
  await tab.page.close()
  // The first page writes again as soon as it has heard that the other is gone.
  await aunt.find(t.more.tabTakeOver).waitFor({ state: "hidden" })
  await setsLock(aunt, "290415")
  // As a link in another app does: a new page of this one.
  await aunt.page.goto("about:blank")
  await aunt.opens(place)
  await aunt.sees("locked")
  expect(await aunt.find(t.join.begin).count()).toBe(0)
  await typesPin(aunt, "290415")
  await aunt.sees(t.join.begin)
})
