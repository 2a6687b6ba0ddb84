/**
 * A school is taken out while the tablet its staff share is offline and one of them writes. Nothing of it is lost, nothing of it counts
 * unasked, and both parents' phones show the same words waiting and the same ones left.
 */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { expectSynced, goesHome, invites, onHome, opensChild, takesInSamples } from "../harness/family"
import { looksInBoth } from "../harness/look"
import type { Person } from "../harness/person"
import { removes } from "../harness/removing"
import { addsStaff, letsStationIn, setsUpStation, takesTablet } from "../harness/station"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

const SOTA = "そうた"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let nurse: Person
let father: Person
/** The tablet of the school's staff. */
let school: Person

const SCHOOL = "つばさ保育園"
const TANAKA = { name: "田中", pin: "1470" }
const MORI = { name: "森", pin: "2580" }

beforeAll(async () => {
  stage = await Stage.set()
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  nurse = await stage.person("nurse")
  father = await stage.person("father")
  school = await stage.person("school")
  await takesInSamples(mother)
  await setsUpStation(school, SCHOOL, TANAKA, "nursery")
  await addsStaff(school, MORI)
  for (const child of [AOI, SOTA]) {
    await invites(mother, camera, child, nurse, { who: "nurse", name: "佐々木" })
    await invites(mother, camera, child, father, { who: "co-guardian", name: "父" })
    // She is there from now on: a tablet that nobody touches asks again who it is.
    await takesTablet(school, MORI)
    await letsStationIn(mother, camera, child, school)
    for (const person of [nurse, father]) await goesHome(person)
  }
})

afterAll(async () => { await stage.end() })

async function writes(person: Person, what: string): Promise<void> {
  await person.presses(t.log.add)
  await (await person.sees(t.log.chiefComplaint)).fill(what)
  await (await person.sees(t.log.situation)).fill("教室")
  await (await person.sees(t.log.response)).fill("様子を見た")
  await person.presses(t.log.save)
}

async function opensLog(person: Person, child: string): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toLog)
  await person.sees("log")
}

/** The words that wait on a phone, each with what the page says of it but for what only this phone's owner can do. */
async function apartOn(person: Person, child: string, count: number): Promise<string[]> {
  const home = await onHome(person, child)
  await home.locator(`[data-testid="${t.apart.home}"][data-count="${count.toString()}"]`).click()
  await person.sees("apart")
  const late = person.find(t.apart.late)
  await person.until(async () => (await late.count()) === count, `${count.toString()} words apart`)
  return await lateOn(person)
}

async function lateOn(person: Person): Promise<string[]> {
  return (await person.find(t.apart.late).allInnerTexts()).sort()
}

async function looksAtApart(person: Person, name: string): Promise<void> {
  await looksInBoth(person, name, () => person.sees(t.apart.late))
}

const entry = (person: Person, what: string) => person.find(t.log.entry).filter({ hasText: what })

test.each([
  ["the removal is known before its tablet comes back", AOI, "removal"],
  ["its tablet comes back before the removal is known", SOTA, "tablet"],
] as const)("%s: its late words wait, one is taken in, the other is left, and all devices agree", async (_, child, first) => {
  await opensLog(school, child)
  await school.goesOffline()
  await writes(school, "給食のあと吐いた")
  await writes(school, "午後は元気")

  if (first === "tablet") await mother.goesOffline()
  await removes(mother, child, SCHOOL, "organisation")
  if (first === "removal") {
    await expectSynced(mother)
    await school.goesOnline()
  } else {
    await school.goesOnline()
    await opensLog(nurse, child)
    await entry(nurse, "給食のあと吐いた").waitFor()
    await mother.goesOnline()
    await expectSynced(mother)
  }

  // Both parents' phones list the same words, by whom, and why.
  const waiting = await apartOn(mother, child, 2)
  await apartOn(father, child, 2)
  // Who took the school out comes with a later page.
  await father.until(async () => (await lateOn(father)).join() === waiting.join(), "the same words")

  // She is asked, with what it is, by whom, and why it is not in the record.
  const home = await onHome(mother, child)
  await home.locator(`[data-testid="${t.apart.home}"][data-count="2"]`).click()
  await mother.sees("apart")
  const [vomited, well] = ["給食のあと吐いた", "午後は元気"].map((what) => mother.find(t.apart.late).filter({ hasText: what }))
  if (vomited === undefined || well === undefined) throw new Error("two words")
  expect(await vomited.innerText()).toMatch(/森[\s\S]*母/)
  // Before she leaves one she reads that it is left on her phone alone.
  expect(await well.innerText()).toContain("ほかの保護者の端末には出たまま")
  await looksAtApart(mother, `late-${first}`)
  await vomited.locator(`[data-testid="${t.apart.endorse}"]`).click()
  await vomited.waitFor({ state: "detached" })
  await well.locator(`[data-testid="${t.apart.leave}"]`).click()
  await mother.find(t.apart.left).filter({ hasText: "午後は元気" }).waitFor()
  await looksAtApart(mother, `late-left-${first}`)
  await expectSynced(mother)
  expect(await (await onHome(mother, child)).locator(`[data-testid="${t.apart.home}"]`).count()).toBe(0)

  // Under her own name, on both phones, and the other nowhere.
  for (const person of [mother, father, nurse]) {
    await opensLog(person, child)
    await entry(person, "給食のあと吐いた").waitFor()
    expect(await entry(person, "給食のあと吐いた").count()).toBe(1)
    expect(await entry(person, "給食のあと吐いた").innerText()).toContain("母")
    await entry(person, "午後は元気").waitFor({ state: "detached" })
  }

  // What she answered is answered on his phone too; what she left he may still take in.
  const left = await apartOn(father, child, 1)
  expect(left).toEqual(waiting.filter((words) => words.includes("午後は元気")))

  // The nurse sees that something waits, and no button.
  await (await onHome(nurse, child)).locator(`[data-testid="${t.apart.homeWait}"]`).click()
  await nurse.find(t.apart.late).filter({ hasText: "午後は元気" }).waitFor()
  await nurse.sees(t.apart.others)
  expect(await nurse.find(t.apart.endorse).count()).toBe(0)

  // The tablet is told in plain words, keeps what it had, and hears nothing new.
  await school.page.reload()
  await school.sees("who")
  await takesTablet(school, MORI)
  await opensChild(school, child)
  await school.find(t.apart.removed).waitFor({ timeout: 60_000 })
  await opensLog(mother, child)
  await writes(mother, "学校には言わないこと")
  await expectSynced(mother)
  await opensLog(nurse, child)
  await entry(nurse, "学校には言わないこと").waitFor()
  await opensLog(school, child)
  await entry(school, "午後は元気").waitFor()
  expect(await entry(school, "学校には言わないこと").count()).toBe(0)
})
