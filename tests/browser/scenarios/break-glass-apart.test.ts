/** Two officers, each with a device of their own, and no network anywhere: a file beforehand, then one code from screen to camera. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { expectSynced, goesHome, onHome, opensApp, opensChild, photographOf, readsFirstScreen, takesInSamples } from "../harness/family"
import { picture } from "../harness/look"
import { registers, SATO, signsList, SUZUKI } from "../harness/officers"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

const REASON = "停電。避難所で呼吸器の設定が必要"

let stage: Stage
keepPicturesOfFailures(() => stage)
let camera: Camera
let mother: Person
let sato: Person
let suzuki: Person
/** What the mother hands to the municipality. */
let file: string

beforeAll(async () => {
  stage = await Stage.set()
  camera = await stage.camera()
  mother = await stage.person("mother")
  sato = await stage.person("sato", { sharpness: 2 })
  suzuki = await stage.person("suzuki", { camera })
  await takesInSamples(mother)
  for (const [person, officer] of [[sato, SATO], [suzuki, SUZUKI]] as const) {
    await opensApp(person, "/#/officer")
    await registers(person, officer)
  }
})

afterAll(async () => { await stage.end() })

/** The list with both names, from the file that the other one sent. */
async function publishesList(): Promise<string> {
  const keys = await (await suzuki.sees(t.officer.here)).getAttribute("data-keys")
  const card = JSON.stringify({ name: SUZUKI.name, office: SUZUKI.office, keys })
  await sato.presses(t.officer.townOpen)
  await sato.find(t.officer.townFiles).setInputFiles({ name: "suzuki.json", mimeType: "application/json", buffer: Buffer.from(card) })
  return await signsList(sato, SATO, "みどり市")
}

test("a mother agrees, and saves a file for the officers that nobody can read alone", async () => {
  const code = await publishesList()
  await opensChild(mother, AOI)
  await mother.presses(t.child.toGlass)
  await mother.find(t.glass.code).fill(code)
  await mother.presses(t.glass.find)
  await mother.presses(t.glass.agree)
  await mother.sees(t.glass.consent, { ready: "true" })
  await expectSynced(mother)
  const [download] = await Promise.all([mother.page.waitForEvent("download"), mother.presses(t.glass.fileSave)])
  expect(download.suggestedFilename()).toMatch(/^[0-9a-f]{4}-[0-9a-f]{4}\.omamori-glass$/)
  file = await download.path()
  await picture(mother.page, "glass-file-phone")
})

test("without a network each officer’s device takes the file in, and shows no name", async () => {
  for (const [person, officer] of [[sato, SATO], [suzuki, SUZUKI]] as const) {
    await person.goesOffline()
    await person.find(t.officer.heldPin).fill(officer.pin)
    await person.find(t.officer.heldFile).setInputFiles(file)
    await person.sees(t.officer.fetched, { count: "1" })
    await person.sees(t.officer.held)
    expect(await person.page.content()).not.toContain(AOI)
  }
})

test("one signs and shows a code; the other’s camera reads it, and both together read the first screen", async () => {
  await sato.find(t.officer.second).selectOption({ label: `${SUZUKI.name} ${SUZUKI.office}` })
  await sato.find(t.officer.reason).fill(REASON)
  await sato.find(t.officer.firstPin).fill(SATO.pin)
  await sato.presses(t.officer.ask)
  await sato.sees(t.officer.asked)
  await sato.presses(t.officer.handOver)
  await sato.presses(t.officer.releaseShow)
  await camera.lookAt(await photographOf(sato, t.officer.releaseQr))
  await picture(sato.page, "officer-release-phone")

  await suzuki.presses(t.officer.releaseScan)
  await suzuki.find(t.officer.secondPin).waitFor({ timeout: 60_000 })
  await suzuki.find(t.officer.secondPin).fill(SUZUKI.pin)
  await suzuki.presses(t.officer.look)
  const asks = await suzuki.sees(t.officer.asks)
  for (const said of [REASON, SATO.name]) expect(await asks.textContent()).toContain(said)
  expect(await suzuki.find(t.first.screen).count()).toBe(0)
  await suzuki.presses(t.officer.open)
  await suzuki.sees("officer-shown")
  expect(missingIn(await readsFirstScreen(suzuki))).toEqual([])
  await suzuki.sees(t.officer.told, { untold: "1" })
  expect(await sato.page.content()).not.toContain(AOI)
})

test("the family learns of it as soon as the second officer’s device has a network", async () => {
  await onHome(mother, AOI)
  expect(await mother.find(t.home.opened).count()).toBe(0)
  await suzuki.goesOnline()
  await suzuki.sees(t.officer.told, { untold: "0" })
  await mother.find(t.home.opened).first().waitFor()
  await mother.presses(t.home.opened)
  const text = (await (await mother.sees(t.glass.opened)).textContent()) ?? ""
  for (const said of [REASON, SATO.name, SUZUKI.name, "みどり市"]) expect(text).toContain(said)
  await goesHome(mother)

  // Whoever closes it before the end has nothing of it on the screen any more.
  await suzuki.presses(t.officer.close)
  await suzuki.sees("officer")
  expect(await suzuki.page.content()).not.toContain(AOI)
})
