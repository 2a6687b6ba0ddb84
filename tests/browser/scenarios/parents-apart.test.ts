/**
 * Two parents take each other out without a network. In whatever order it becomes known, who began the record manages, on all her
 * phones, and what she says afterwards is nowhere on his: not in the record, not on a card, not on paper.
 */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { attached, cardUrl, edits, expectSynced, fact, goesHome, holdsUpCard, invites, opensApp, opensChild, queued, readsFirstScreen, takesInSamples } from "../harness/family"
import { misfits, picture, violations } from "../harness/look"
import { DESK, PHONE, type Person } from "../harness/person"
import { opensPerson, removes } from "../harness/removing"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

const SOTA = "そうた"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
/** Her second phone, at her parents' house: it only hears what the relay knows. */
let elsewhere: Person
let father: Person
/** Of nobody's side: reads what the record says of who manages. */
let nurse: Person

beforeAll(async () => {
  stage = await Stage.set()
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  elsewhere = await stage.person("mother elsewhere")
  father = await stage.person("father")
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  for (const child of [AOI, SOTA]) {
    await invites(mother, camera, child, elsewhere, { who: "same-guardian", name: "母" })
    await invites(mother, camera, child, father, { who: "co-guardian", name: "父" })
    await invites(mother, camera, child, nurse, { who: "nurse", name: "佐々木" })
    for (const person of [elsewhere, father, nurse]) await goesHome(person)
  }
})

afterAll(async () => { await stage.end() })

async function opensPeople(person: Person, child: string): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toPeople)
  await person.sees("people")
  await person.sees(t.people.member)
}

/** Who is a guardian in this phone's list, once it says so. */
async function expectGuardians(person: Person, child: string, names: string[]): Promise<void> {
  await opensPeople(person, child)
  const guardians = person.find(t.people.member, { role: "guardian" }).locator("b")
  await person.until(async () => (await guardians.allInnerTexts()).join() === names.join(), `the guardians are ${names.join()}`, 60)
}

/** Before he confirms he reads that she began the record, and who stays if she did the same. */
async function readsWhatItMeans(person: Person, child: string): Promise<void> {
  await opensPerson(person, child, "母")
  expect(await person.find(t.person.handOver).count()).toBe(0)
  for (const [size, viewport] of [["desk", DESK], ["phone", PHONE]] as const) {
    await person.page.setViewportSize(viewport)
    await person.presses(t.person.withdraw)
    expect(await (await person.sees(t.person.withdrawDialog)).innerText()).toContain("記録を始めた母が残り、あなたが外れます")
    await picture(person.page, `withdraw-founder-${size}`)
    expect(await misfits(person.page)).toEqual([])
    expect(await violations(person.page)).toEqual([])
    await person.page.keyboard.press("Escape")
    await person.find(t.person.withdrawConfirm).waitFor({ state: "hidden" })
  }
}

async function saysInTheSheet(person: Person, child: string, what: string): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toLog)
  await person.presses(t.log.add)
  await (await person.sees(t.log.chiefComplaint)).fill(what)
  await (await person.sees(t.log.situation)).fill(what)
  await (await person.sees(t.log.response)).fill(what)
  await person.presses(t.log.save)
  await person.find(t.log.entry).filter({ hasText: what }).waitFor()
}

/** What a phone shows of a child, page by page, in one text. */
async function allPages(person: Person, child: string): Promise<string> {
  await goesHome(person)
  await opensChild(person, child)
  await fact(person, "must-never").waitFor()
  const hash = new URL(person.page.url()).hash
  const texts = [await person.page.locator("body").innerText()]
  for (const page of ["card", "print", "log", "differences", "people", "apart", "accesses"]) {
    await person.page.evaluate((to) => { location.hash = to }, `${hash}/${page}`)
    await person.sees(page)
    await person.find("loading").waitFor({ state: "detached" })
    if (page === "card") await attached(person, t.card.url)
    if (page === "print") await person.find(t.print.sheet).first().waitFor({ state: "attached" })
    texts.push(await person.page.locator("body").innerText())
  }
  return texts.join("\n")
}

test.each([
  ["her phone is back first", AOI, "mother"],
  ["his phone is back first", SOTA, "father"],
] as const)("%s: she who began the record manages, he is told, and nothing she says afterwards is anywhere on his phone", async (_, child, first) => {
  for (const parent of [mother, father]) {
    await goesHome(parent)
    await opensChild(parent, child)
    await fact(parent, "must-never").waitFor()
    await parent.goesOffline()
  }
  // Both in two taps; he also writes, before and after.
  await saysInTheSheet(father, child, "父が外す前に書いたこと")
  if (first === "mother") await readsWhatItMeans(father, child)
  await removes(father, child, "母")
  await saysInTheSheet(father, child, "父が外したあとに書いたこと")
  await removes(mother, child, "父")

  const [one, other] = first === "mother" ? [mother, father] : [father, mother]
  await one.goesOnline()
  await one.until(async () => (await queued(one)) === 0, "the relay has what was done here", 60)
  if (first === "father") {
    // For a while it looks as if he had been alone with it.
    await opensApp(elsewhere)
    await opensChild(elsewhere, child)
    await elsewhere.sees(t.apart.removed)
    await expectGuardians(nurse, child, ["父"])
  }
  await other.goesOnline()
  await other.until(async () => (await queued(other)) === 0, "nothing is said to wait that nobody takes any more", 60)

  await goesHome(father)
  await opensChild(father, child)
  await father.find(t.apart.removed).waitFor({ state: "visible", timeout: 60_000 })

  // The same list on her phones and on the third.
  await opensApp(elsewhere)
  await opensChild(elsewhere, child)
  await elsewhere.find(t.apart.removed).waitFor({ state: "detached", timeout: 60_000 })
  for (const person of [mother, elsewhere, nurse]) await expectGuardians(person, child, ["母"])
  for (const person of [mother, elsewhere]) await person.sees(t.people.add)
  expect(await nurse.find(t.people.add).count()).toBe(0)

  // She moves, and says so where it may be said: on the emergency page, and in the shared sheet.
  const address = `さくら台9-8-7 コーポ朝日 ${child}`
  await goesHome(mother)
  await opensChild(mother, child)
  await edits(mother, "must-never", { reason: address })
  await saysInTheSheet(mother, child, address)
  await expectSynced(mother)
  for (const person of [elsewhere, nurse]) {
    await goesHome(person)
    await opensChild(person, child)
    await fact(person, "must-never", address).waitFor({ timeout: 60_000 })
    await person.presses(t.child.toLog)
    await person.find(t.log.entry).filter({ hasText: address }).waitFor()
    // His late words are in nobody's record.
    const said = await person.find(t.log.entry).allInnerTexts()
    expect(said.filter((words) => words.includes("父が外"))).toEqual([])
  }
  // What he wrote before he took her out waits for her word.
  await goesHome(mother)
  await opensChild(mother, child)
  await mother.presses(t.apart.child)
  await mother.find(t.apart.late).filter({ hasText: "父が外す前に書いたこと" }).waitFor()

  // His phone, asked in every way there is, after it has asked the relay again.
  await opensApp(father)
  await opensChild(father, child)
  await father.sees(t.apart.removed)
  const his = await allPages(father, child)
  expect(his).toContain("父が外したあとに書いたこと")
  expect(his).not.toContain("コーポ朝日")
  await holdsUpCard(father, child)
  const reader = await stage.person(`whoever reads his card of ${child}`)
  await reader.page.goto(await cardUrl(father))
  expect(await readsFirstScreen(reader)).not.toContain("コーポ朝日")
  expect(await reader.page.locator("body").innerText()).not.toContain("コーポ朝日")
})
