/**
 * What a family hands out on paper, or shows on a screen, is listed like people and recalled like keys; and the list promises no recall
 * that nobody would hear of.
 */
import type { Locator } from "playwright-core"
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { cardUrl, expectSynced, goesHome, holdsUpCard, invites, opensChild, photographOf, readsFirstScreen } from "../harness/family"
import { motherAnd } from "../harness/household"
import { looksAt, looksInBoth } from "../harness/look"
import { DESK, type Person } from "../harness/person"
import { prints } from "../harness/printed"
import { removes } from "../harness/removing"
import { onStage, type Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
let mother: Person
let camera: Camera
let father: Person
onStage(async (set) => {
  stage = set
  ;({ mother, other: father, camera } = await motherAnd("father", { who: "co-guardian", name: "父" }, stage, { sharpness: 2 }))
})

async function opensPapers(person: Person): Promise<void> {
  await goesHome(person)
  await opensChild(person, AOI)
  await person.presses(t.child.toPeople)
  await person.sees(t.people.papers)
}

async function looksAtPapers(person: Person, name: string): Promise<void> {
  await looksInBoth(person, name, () => person.sees(t.people.papers))
}

/** Does the page say it, a moment after the relay answered? */
async function saysSoon(what: Locator): Promise<boolean> {
  return await what.waitFor({ timeout: 2000 }).then(() => true, () => false)
}

test("a card given to a grandmother is recalled, and whoever opens it with a network is told; the new card is not", async () => {
  await holdsUpCard(mother, AOI)
  const given = await cardUrl(mother)
  await (await mother.sees(t.paper.to)).fill("祖母")
  await mother.presses(t.paper.save)
  await mother.sees(t.paper.saved)
  await opensPapers(mother)
  await mother.find(t.people.paper, { recalled: "false" }).filter({ hasText: "祖母" }).waitFor()
  await mother.presses(t.people.recall)
  await mother.presses(t.people.recallConfirm)
  await mother.sees(t.people.paper, { recalled: "true" })
  await expectSynced(mother)

  const neighbour = await stage.person("neighbour")
  const opens = async (url: string) => {
    const answered = neighbour.page.waitForResponse((response) => response.url().includes("/v1/cards/"))
    await neighbour.page.goto("about:blank")
    await neighbour.page.goto(url)
    await readsFirstScreen(neighbour)
    return (await answered).status()
  }
  // An older notice may lie there until the new one has come: each opening asks once.
  const recalled = neighbour.find(t.more.viewerLater).filter({ hasText: "取り消しました" })
  await neighbour.until(async () => (await opens(given)) === 200 && (await saysSoon(recalled)), "the notice reaches the relay", 60)
  await holdsUpCard(mother, AOI)
  await opens(await cardUrl(mother))
  await neighbour.sees(t.more.viewerNote)
  expect(await neighbour.find(t.more.viewerLater).count()).toBe(0)
})

test("a sheet that was printed for nobody knows whom is listed with its day and recalled, and whoever scans it is told", async () => {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPrint)
  // As large as on paper.
  await mother.page.setViewportSize(DESK)
  const code = await photographOf(mother, t.print.qr)
  await prints(mother, "sheet-for-nobody-knows")
  await mother.sees(t.more.made, { kind: "sheet" })
  await opensPapers(mother)
  const sheet = await mother.sees(t.people.unnamed, { kind: "sheet", recalled: "false" })
  // The words for its kind come with the registry.
  await sheet.filter({ hasText: "印刷したシート" }).waitFor()
  expect(await sheet.innerText()).toMatch(/だれに渡したか書いていません[\s\S]*印刷したシート（\d{4}-\d{2}-\d{2}）/)
  // What was on a screen alone is no paper.
  await mother.find(t.people.shown).locator(`[data-testid="${t.people.unnamed}"]`).first().waitFor()
  expect(await mother.find(t.people.papers).locator(`[data-kind="card"][data-testid="${t.people.unnamed}"]`).count()).toBe(0)
  await looksAtPapers(mother, "papers")
  await opensPapers(mother)
  await sheet.locator(`[data-testid="${t.people.recall}"]`).click()
  await mother.presses(t.people.recallConfirm)
  await mother.find(t.people.paper, { recalled: "true" }).filter({ hasText: "だれに渡したか書いていません" }).waitFor()
  // The code that was shown on the screen the same day goes with it.
  await mother.find(t.people.unnamed, { recalled: "false" }).first().waitFor({ state: "detached" })
  await expectSynced(mother)

  const eyes = await stage.camera()
  await eyes.lookAt(code)
  const infirmary = await stage.person("school infirmary", { camera: eyes })
  const recalled = infirmary.find(t.more.viewerLater).filter({ hasText: "取り消しました" })
  await infirmary.until(async () => {
    const answered = infirmary.page.waitForResponse((response) => response.url().includes("/v1/cards/"))
    await infirmary.opens("/c")
    await infirmary.presses(t.viewer.scan)
    await infirmary.sees("viewer-screen")
    return (await answered).status() === 200 && (await saysSoon(recalled))
  }, "the notice reaches the relay", 60)
})

async function printsSheet(person: Person, name: string): Promise<void> {
  await opensChild(person, AOI)
  await person.presses(t.child.toPrint)
  await person.sees(t.print.qr)
  await prints(person, name)
}

/** The line of a paper for somebody. */
const paperFor = (person: Person, to: string) => person.find(t.people.paper).filter({ hasText: to })

async function asksToRecall(person: Person, to: string, teller: string): Promise<void> {
  await paperFor(person, to).locator(`[data-testid="${t.people.recall}"]`).click()
  await person.sees(t.people.teller, { teller })
}

test("what the father gave to a school his phone speaks for; once he is taken out anybody who manages marks it, and is told that no viewer hears of it", async () => {
  await holdsUpCard(father, AOI)
  await (await father.sees(t.paper.to)).fill("学校の保健室")
  await father.presses(t.paper.save)
  await father.sees(t.paper.saved)
  await printsSheet(father, "sheet-of-the-father")
  await father.sees(t.more.made, { kind: "sheet" })
  await expectSynced(father)
  await opensPapers(mother)
  await paperFor(mother, "学校の保健室").waitFor()
  await asksToRecall(mother, "学校の保健室", "its-phone")

  await removes(mother, AOI, "父")
  await opensPapers(mother)
  await mother.find(t.people.paper, { teller: "nobody" }).filter({ hasText: "学校の保健室" }).waitFor()
  await asksToRecall(mother, "学校の保健室", "nobody")
  await looksAt(mother, "paper-marked-ja")
  await mother.presses(t.people.recallConfirm)
  await mother.find(t.people.paper, { recalled: "true", teller: "nobody" }).filter({ hasText: "伝わっていないことがあります" }).waitFor()
  await expectSynced(mother)
  await looksAtPapers(mother, "papers-marked")
})

test("let in again with new keys, he is offered no recall of what the old ones made, and one of what the new ones make", async () => {
  await invites(mother, camera, AOI, father, { who: "co-guardian", name: "父" })
  await opensPapers(father)
  // What the mother marked is about that one alone.
  await father.find(t.people.paper, { recalled: "true", teller: "nobody" }).filter({ hasText: "学校の保健室" }).waitFor()
  const before = await father.sees(t.people.unnamed, { kind: "sheet", teller: "nobody", recalled: "false" })
  expect(await before.locator(`[data-testid="${t.people.recall}"]`).count()).toBe(0)

  await printsSheet(father, "second-sheet-of-the-father")
  await opensPapers(father)
  const after = await father.sees(t.people.unnamed, { kind: "sheet", teller: "this-phone" })
  await after.locator(`[data-testid="${t.people.recall}"]`).waitFor()
  await looksAtPapers(father, "papers-again")
  await father.find(t.people.unnamed, { kind: "sheet", teller: "this-phone" }).locator(`[data-testid="${t.people.recall}"]`).click()
  await father.presses(t.people.recallConfirm)
  await father.find(t.people.unnamed, { kind: "sheet", teller: "this-phone" }).waitFor({ state: "detached" })
  await father.find(t.people.unnamed, { kind: "sheet", teller: "nobody", recalled: "false" }).waitFor()
})
