/**
 * Time passes: a family is asked before somebody's time is over and goes on with them or not; somebody else takes over; a child
 * comes of age. Nothing closes by itself, and nothing is locked.
 */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { inDays, isThere } from "../harness/clock"
import { edits, expectSynced, fact, goesHome, history, invites, opensApp, opensChild, photographOf, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { opensPerson } from "../harness/removing"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

const SOTA = "そうた"

let stage: Stage
keepPicturesOfFailures(() => stage)
let camera: Camera
let mother: Person
let service: Person
let nurse: Person

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  service = await stage.person("day service")
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, service, { who: "day-service", name: "ひまわり", until: inDays(60) })
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木", until: inDays(60) })
})

afterAll(async () => { await stage.end() })

/** The child's page, with whatever it asks about who sees the record. */
async function opensAsking(person: Person): Promise<void> {
  await goesHome(person)
  await opensChild(person, AOI)
  await person.find(t.child.access, { known: "true" }).waitFor({ state: "attached" })
}

async function opensPeople(person: Person, child: string): Promise<void> {
  await goesHome(person)
  await opensChild(person, child)
  await person.presses(t.child.toPeople)
  await person.sees(t.people.member)
}

test("a month before the day she is asked, and goes on with the day service in two taps, which reads on", async () => {
  await opensAsking(mother)
  expect(await (await mother.sees(t.child.toPeople)).innerText()).not.toContain("確認")
  await isThere(mother, inDays(40))
  await opensChild(mother, AOI)
  await mother.find(t.child.toPeople).filter({ hasText: "2人分の確認" }).waitFor()
  await opensPerson(mother, AOI, "ひまわり")
  await mother.sees(t.person.term, { term: "ending" })
  await looksAt(mother, "person-ending")
  await mother.presses(t.person.renew)
  await mother.presses(t.person.renewConfirm)
  await mother.find(t.person.term).waitFor({ state: "detached" })
  // The new one is given before the old one ends: she is never without.
  await mother.until(async () => (await mother.find(t.person.consent).count()) === 1, "what it takes the place of has ended")
  await mother.find(t.person.consent, { altered: "false" }).waitFor()
  await expectSynced(mother)
  await opensPeople(mother, AOI)
  await mother.find(t.people.member, { role: "day-service", term: "until" }).waitFor()
  await opensChild(mother, AOI)
  await edits(mother, "weight", { value: "9.9" })
  await expectSynced(mother)
  await opensChild(service, AOI)
  await fact(service, "weight", "9.9").waitFor({ timeout: 60_000 })
  expect(await service.find(t.apart.removed).count()).toBe(0)
})

test("past the day, what she said is marked and still shown; closing it ends it on her phone too", async () => {
  await opensChild(nurse, AOI)
  await edits(nurse, "weight", { value: "10.2" })
  await expectSynced(nurse)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "10.2").waitFor({ timeout: 60_000 })
  expect(await fact(mother, "weight", "10.2").innerText()).not.toContain("期限が切れています")

  await isThere(mother, inDays(63))
  await opensChild(mother, AOI)
  await fact(mother, "weight", "10.2").filter({ hasText: "期限が切れています" }).waitFor()
  await opensPeople(mother, AOI)
  await mother.find(t.people.member, { role: "nurse", term: "expired" }).waitFor()
  await looksAt(mother, "people-expired")
  await opensPerson(mother, AOI, "佐々木")
  await mother.sees(t.person.term, { term: "expired" })
  await looksAt(mother, "person-expired")
  await mother.presses(t.person.close)
  await mother.sees(t.person.withdrawn)
  await expectSynced(mother)

  // What was said in time goes on counting, and nothing asks any more.
  await opensChild(mother, AOI)
  const weight = fact(mother, "weight", "10.2")
  await weight.waitFor()
  await mother.until(async () => !(await weight.innerText()).includes("期限が切れています"), "no mark any more")
  await opensPeople(mother, AOI)
  const former = mother.find(t.people.former)
  await former.locator("summary").click()
  await mother.find(t.people.formerPerson).filter({ hasText: "佐々木" }).filter({ hasText: inDays(60) }).waitFor()
  await looksAt(mother, "people-former")
  await opensApp(nurse)
  await opensChild(nurse, AOI)
  await nurse.find(t.apart.removed).waitFor({ timeout: 60_000 })
})

test("somebody else takes over: the next one sees the same, the one before no longer, and their words keep their name", async () => {
  await isThere(mother, inDays(0))
  const sasaki = await stage.person("the nurse in charge")
  await invites(mother, camera, SOTA, sasaki, { who: "nurse", name: "佐々木", organisation: "訪問看護かえで" })
  await opensChild(sasaki, SOTA)
  await edits(sasaki, "weight", { value: "13.4" })
  await expectSynced(sasaki)
  await opensChild(mother, SOTA)
  await fact(mother, "weight", "13.4").waitFor({ timeout: 60_000 })

  const next = await stage.person("the next nurse")
  await opensApp(next, "/#/pair")
  await camera.lookAt(await photographOf(next, t.pair.qr))
  await opensPerson(mother, SOTA, "佐々木")
  await mother.presses(t.person.handOver)
  const name = await mother.sees(t.invite.name)
  // What the one before was shown, and where she works, stand there already.
  expect(await (await mother.sees(t.invite.organisation)).inputValue()).toBe("訪問看護かえで")
  await name.fill("山本")
  await mother.presses(t.invite.next)
  await mother.presses(t.invite.agree)
  await mother.find(t.invite.ended).filter({ hasText: "佐々木" }).waitFor({ timeout: 60_000 })
  await looksAt(mother, "invite-handed-over")
  await expectSynced(mother)
  await next.find(t.pair.done).waitFor({ timeout: 60_000 })

  await opensPeople(mother, SOTA)
  await mother.find(t.people.member, { role: "nurse" }).filter({ hasText: "山本" }).waitFor()
  expect(await mother.find(t.people.member, { role: "nurse" }).count()).toBe(1)
  await opensChild(next, SOTA)
  await fact(next, "weight", "13.4").waitFor({ timeout: 60_000 })
  expect((await history(next, "weight", "13.4"))[0]?.author).toContain("佐々木")
  await edits(next, "weight", { value: "13.6" }, "13.4")
  await expectSynced(next)
  await opensChild(mother, SOTA)
  await fact(mother, "weight", "13.6").waitFor({ timeout: 60_000 })
  expect((await history(mother, "weight", "13.6")).map(({ author }) => /山本|佐々木/.exec(author)?.[0]).slice(0, 2)).toEqual(["山本", "佐々木"])
  await opensApp(sasaki)
  await opensChild(sasaki, SOTA)
  await sasaki.find(t.apart.removed).waitFor({ timeout: 60_000 })
})

test("a child of age: the family is asked, may put it off, is asked again; then the child decides, and nothing was ever locked", async () => {
  await isThere(mother, "2046-04-01")
  await opensChild(mother, AOI)
  await mother.find(t.child.grown).filter({ hasText: "18歳" }).waitFor()
  await looksAt(mother, "child-grown")
  await showsToDoctor(mother, AOI)
  await takesPhoneBack(mother)
  await opensChild(mother, AOI)
  await edits(mother, "weight", { value: "38" })
  await mother.presses(t.child.grownLater)
  await mother.find(t.child.grown).waitFor({ state: "detached" })
  await isThere(mother, "2046-06-01")
  await opensAsking(mother)
  await fact(mother, "weight", "38").waitFor()
  expect(await mother.find(t.child.grown).count()).toBe(0)
  await isThere(mother, "2046-10-15")
  await opensChild(mother, AOI)

  // Who it is, and that nothing is hidden, stands there already.
  const grown = await stage.person("the child, grown up")
  await isThere(grown, "2046-10-15")
  await grown.page.evaluate(() => { location.hash = "#/pair" })
  await camera.lookAt(await photographOf(grown, t.pair.qr))
  await mother.presses(t.child.grownDo)
  await mother.sees("invite")
  await (await mother.sees(t.invite.name)).fill(AOI)
  expect(await mother.find(t.invite.who).count()).toBe(0)
  expect(await mother.find(t.invite.hidden).locator("[data-compartment]").count()).toBe(0)
  expect(await mother.find(t.invite.until).inputValue()).toBe("")
  await mother.presses(t.invite.next)
  expect(await (await mother.sees(t.person.consentText)).innerText()).toContain(AOI)
  await mother.presses(t.invite.agree)
  await mother.find(t.invite.done, { delivered: "true" }).waitFor({ timeout: 60_000 })
  await grown.find(t.pair.done).waitFor({ timeout: 60_000 })

  // The one whose record it is decides who sees it, and the family's phone follows.
  await opensPeople(grown, AOI)
  await grown.find(t.people.member, { role: "child", term: "open" }).waitFor()
  await opensPerson(grown, AOI, "ひまわり")
  await grown.presses(t.person.close)
  await grown.sees(t.person.withdrawn)
  await expectSynced(grown)
  await opensPeople(mother, AOI)
  await mother.find(t.people.member, { role: "day-service" }).waitFor({ state: "detached", timeout: 60_000 })
  await mother.find(t.people.former).locator("summary").click()
  await mother.find(t.people.formerPerson).filter({ hasText: "ひまわり" }).waitFor()

  // Nobody is asked any more, on either phone.
  for (const phone of [mother, grown]) {
    await opensAsking(phone)
    await fact(phone, "weight", "38").waitFor()
    expect(await phone.find(t.child.grown).count()).toBe(0)
  }
})
