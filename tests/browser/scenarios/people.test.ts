/**
 * A mother shows the record to a day service: with her consent, on her own phone, in a few taps. She sees what it sees, takes it
 * back in two.
 */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { edits, expectSynced, fact, goesHome, invites, opensApp, opensChild, photographOf, takesInSamples } from "../harness/family"
import { misfits, picture, smallTargets, violations } from "../harness/look"
import { DESK, PHONE, type Person } from "../harness/person"
import { asksToPrint, packed, prints } from "../harness/printed"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let camera: Camera
let service: Person
/** Something of the child's history, which a day service need not know. */
let ofTheHistory: string

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother", { camera, sharpness: 2 })
  service = await stage.person("day service", { sharpness: 2 })
  await takesInSamples(mother)
  await opensChild(mother, AOI)
  const values = mother.find(t.child.fact, { compartment: "history" }).locator(`[data-testid="fact-value"]`)
  await values.first().waitFor()
  // The longest one: nothing that stands elsewhere too.
  ofTheHistory = (await values.allInnerTexts()).reduce((longest, text) => (text.length > longest.length ? text : longest))
})

afterAll(async () => { await stage.end() })

test("a mother shows the record to a day service in seven taps and one name, having read what it will not see", async () => {
  await opensApp(service, "/#/pair")
  await camera.lookAt(await photographOf(service, t.pair.qr))
  await goesHome(mother)
  const began = Date.now()
  let taps = 0
  const taps_on = async (testid: string, attributes: Record<string, string> = {}) => {
    taps += 1
    await mother.presses(testid, attributes)
  }
  const child = mother.find(t.home.child).filter({ hasText: AOI }).first()
  taps += 1
  await child.locator(`[data-testid="${t.home.open}"]`).first().click()
  await taps_on(t.child.toPeople)
  await taps_on(t.people.add)
  await taps_on(t.invite.who, { who: "day-service" })
  taps += 1
  await (await mother.sees(t.invite.name)).fill("ひまわり")
  const hidden = await mother.sees(t.invite.hidden)
  expect(await hidden.locator("[data-compartment=history]").count()).toBe(1)
  await taps_on(t.invite.next)
  // Before she agrees she reads the whole of it.
  const consent = await (await mother.sees(t.person.consentText)).innerText()
  for (const words of ["ひまわり", "見せないこと", "これまでの病気・手術・入院", "いつでもやめられます"]) expect(consent).toContain(words)
  await taps_on(t.invite.agree)
  await mother.find(t.invite.done, { delivered: "true" }).waitFor({ state: "visible", timeout: 60_000 })
  const seconds = (Date.now() - began) / 1000
  console.info(`day service: ${taps.toString()} taps, ${seconds.toFixed(1)} s`)
  expect(taps).toBeLessThanOrEqual(7)
  await service.find(t.pair.done).waitFor({ state: "visible", timeout: 60_000 })
})

test("she sees with its eyes, and what is hidden is really not on its phone", async () => {
  await mother.presses(t.invite.eyes)
  const hidden = await mother.sees(t.person.eyesHidden)
  expect(await hidden.locator("li").evaluateAll((lines) => lines.map((line) => line.getAttribute("data-compartment")))).toEqual([
    "history",
    "restricted",
    "people",
    "consents",
  ])
  const seen = mother.find(t.person.eyesRecord)
  await seen.locator(`[data-testid="${t.child.fact}"]`).first().waitFor()
  expect(await seen.innerText()).not.toContain(ofTheHistory)
  const drawn = await seen.locator(`[data-testid="${t.child.fact}"]`).evaluateAll((facts) => facts.map((one) => one.getAttribute("data-fact")))

  await opensChild(service, AOI)
  await fact(service, "must-never").waitFor()
  const onIts = await service.find(t.child.fact).evaluateAll((facts) => facts.map((one) => one.getAttribute("data-fact")))
  expect(new Set(onIts)).toEqual(new Set(drawn))
  expect(await service.page.locator("body").innerText()).not.toContain(ofTheHistory)
})

test("the list says who can see, and the consent is kept and can be printed", async () => {
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.find(t.people.member, { role: "day-service", term: "until" }).locator(`[data-testid="${t.people.open}"]`).click()
  await mother.sees("person")
  // As far as this, and no further.
  const parts = async (testid: string) =>
    await (await mother.sees(testid)).locator("li").evaluateAll((lines) => lines.map((line) => line.getAttribute("data-compartment")))
  expect(await parts(t.person.sees)).toEqual(["emergency", "care", "evacuation", "life", "log"])
  expect(await parts(t.person.hidden)).toEqual(["history", "restricted", "people", "consents"])
  expect(await (await mother.sees(t.person.hidden)).innerText()).toContain("これまでの病気・手術・入院")
  expect(await mother.find(t.person.passesOn).count()).toBe(0)
  const consent = await mother.sees(t.person.consent, { altered: "false" })
  await consent.locator("a").click()
  await mother.sees("consent")
  const shown = await (await mother.sees(t.person.consentText)).innerText()
  expect(shown).toContain("ひまわり")
  await asksToPrint(mother, t.person.consentPrint)
  const { text, pages } = await prints(mother, "consent")
  expect(pages).toBe(1)
  // All that stands on the screen, and nothing of the app around it.
  const lines = shown.split("\n").map(packed).filter((line) => line !== "")
  expect(lines.filter((line) => !packed(text).includes(line))).toEqual([])
  for (const words of [AOI, "見せないこと", "これまでの病気・手術・入院", "いつでもやめられます"]) expect(packed(text)).toContain(words)
  await mother.page.goBack()
})

test.each([
  ["phone", PHONE],
  ["desk", DESK],
] as const)("its pages fit and can be read by everybody on a %s", async (size, viewport) => {
  await mother.page.setViewportSize(viewport)
  const person = new URL(mother.page.url()).hash
  for (const [screen, hash] of [
    ["person", person],
    ["eyes", person.replace("/person/", "/eyes/")],
    ["people", person.replace(/\/person\/.*/, "/people")],
    ["invite", person.replace(/\/person\/.*/, "/invite")],
  ] as const) {
    await mother.page.evaluate((to) => { location.hash = to }, hash)
    await mother.sees(screen)
    await mother.find(screen === "invite" ? t.invite.who : "child-header").first().waitFor()
    const look = async (name: string) => {
      await picture(mother.page, name)
      expect(await misfits(mother.page), name).toEqual([])
      expect(await violations(mother.page), name).toEqual([])
      expect(await smallTargets(mother.page), name).toEqual([])
    }
    await look(`people-${screen}-${size}`)
    if (screen === "invite") {
      await mother.presses(t.invite.who, { who: "day-service" })
      await (await mother.sees(t.invite.name)).fill("ひまわり")
      await look(`people-invite-what-${size}`)
      await mother.presses(t.invite.next)
      await mother.sees(t.person.consentText)
      await look(`people-invite-consent-${size}`)
    }
  }
  await mother.page.evaluate((to) => { location.hash = to }, person)
  await mother.sees("person")
  await mother.page.setViewportSize(PHONE)
})

test("on its page two taps take it back, with honest words about what has already arrived, and the day service's phone says so", async () => {
  await mother.sees("person")
  let taps = 0
  const taps_on = async (testid: string) => {
    taps += 1
    await mother.presses(testid)
  }
  await taps_on(t.person.withdraw)
  const words = await (await mother.sees(t.person.withdrawDialog)).innerText()
  expect(words).toContain("取りもどせません")
  await taps_on(t.person.withdrawConfirm)
  await mother.sees(t.person.withdrawn)
  expect(taps).toBe(2)
  await expectSynced(mother)
  await mother.presses(t.person.list)
  await mother.until(async () => (await mother.find(t.people.member).count()) === 1, "the list without the day service")

  await service.page.reload()
  await service.sees(t.frame.ready)
  await service.find(t.apart.removed).waitFor({ state: "visible", timeout: 60_000 })
})

test("withdrawn by mistake and invited again, the day service reads on with its new keys", async () => {
  await invites(mother, camera, AOI, service, { who: "day-service", name: "ひまわり" })
  await opensChild(mother, AOI)
  await edits(mother, "weight", { value: "9.8" })
  await expectSynced(mother)
  await opensApp(service)
  await opensChild(service, AOI)
  await fact(service, "weight", "9.8").waitFor()
  expect(await service.find(t.apart.removed).count()).toBe(0)
})
