/** Nobody has a network: a grandmother is let in from screen to camera and back, reads the first screen, and all else follows later. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import type { Camera } from "../harness/camera"
import { expectSynced, fact, keepsTheApp, opensApp, opensChild, readsFirstScreen, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { filmed } from "../harness/filming"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let grandmother: Person
let mothers: Camera
let grandmothers: Camera

beforeAll(async () => {
  stage = await Stage.set()
  mothers = await stage.camera()
  grandmothers = await stage.camera()
  mother = await stage.person("mother", { camera: mothers, sharpness: 2 })
  grandmother = await stage.person("grandmother", { camera: grandmothers, sharpness: 2 })
  await takesInSamples(mother)
  await keepsTheApp(mother)
})

afterAll(async () => { await stage.end() })

test("a grandmother who was never online is let in from screen to camera, and reads the child's first screen", { timeout: 900_000 }, async () => {
  // The app is on her phone, and that is all.
  await keepsTheApp(grandmother)
  await grandmother.goesOffline()
  await opensApp(grandmother, "/#/pair")
  await grandmother.sees(t.pair.qr)
  await grandmother.presses(t.pair.offline)
  await mothers.film(await filmed(grandmother, t.pair.qr, t.pair.frame))

  await opensChild(mother, AOI)
  await mother.goesOffline()
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.add)
  await mother.presses(t.invite.who, { who: "grandparent" })
  await (await mother.sees(t.invite.name)).fill("祖母")
  await mother.presses(t.invite.next)
  await mother.presses(t.invite.agree)
  await mother.find(t.invite.done, { delivered: "false" }).waitFor({ state: "visible", timeout: 240_000 })
  await looksAt(mother, "people-offline-answer")
  await grandmothers.film(await filmed(mother, t.invite.answer, t.invite.answerFrame))

  await grandmother.presses(t.pair.answer)
  await grandmother.sees(t.pair.progress)
  await looksAt(grandmother, "people-offline-reading")
  await grandmother.find(t.pair.done).waitFor({ state: "visible", timeout: 400_000 })
  await looksAt(grandmother, "people-offline-done")
  await showsToDoctor(mother, AOI)
  const mothersScreen = await readsFirstScreen(mother)
  await showsToDoctor(grandmother, AOI)
  expect(await readsFirstScreen(grandmother)).toBe(mothersScreen)
})

test("once there is a network, both phones have the whole of it", async () => {
  await takesPhoneBack(mother)
  await mother.goesOnline()
  await expectSynced(mother)
  await takesPhoneBack(grandmother)
  await grandmother.goesOnline()
  await opensChild(grandmother, AOI)
  await fact(grandmother, "must-never").waitFor()
  await expectSynced(grandmother)
  await grandmother.until(async () => (await grandmother.find(t.child.fact, { compartment: "people" }).count()) > 0, "whom to call, which came later", 120)
})
