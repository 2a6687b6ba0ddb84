/** Neither new keys that never came nor a last day closes the first screen on a phone of the family. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { inDays, isThere } from "../harness/clock"
import { edits, expectSynced, fact, goesHome, invites, keepsTheApp, opensApp, opensChild, readsFirstScreen, showsToDoctor, takesInSamples, takesPhoneBack } from "../harness/family"
import { LyingRelay } from "../harness/lying"
import type { Person } from "../harness/person"
import { opensPerson, removes } from "../harness/removing"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
/** The mother's second phone, and the relay as it hears it. */
let elsewhere: Person
let liar: LyingRelay
let grandmother: Person

beforeAll(async () => {
  stage = await Stage.set()
  liar = await LyingRelay.before(stage.relay.port)
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  elsewhere = await stage.person("mother elsewhere", { relayPort: liar.port })
  grandmother = await stage.person("grandmother")
  const nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, elsewhere, { who: "same-guardian", name: "母" })
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木" })
  await invites(mother, camera, AOI, grandmother, { who: "grandparent", name: "祖母", until: inDays(60) })
  for (const phone of [elsewhere, grandmother]) {
    await keepsTheApp(phone)
    await opensChild(phone, AOI)
    await fact(phone, "must-never").waitFor()
    await goesHome(phone)
  }
})

afterAll(async () => {
  await stage.end()
  await liar.close()
})

/** Hands the phone over and takes it back: the whole first screen is there. */
async function showsAll(phone: Person): Promise<void> {
  await showsToDoctor(phone, AOI)
  expect(missingIn(await readsFirstScreen(phone))).toEqual([])
  await takesPhoneBack(phone)
}

/** The same phone, switched off and on again in a house without a network. */
async function restarted(phone: Person, relayPort?: number): Promise<Person> {
  await phone.leaves()
  const again = await stage.person(`${phone.name}, restarted`, { profile: phone.profile, ...(relayPort !== undefined && { relayPort }) })
  await again.goesOffline()
  await opensApp(again)
  return again
}

test("a phone that was away when somebody was taken out, and got no new key, shows the whole first screen after a restart", async () => {
  await elsewhere.goesOffline()
  await removes(mother, AOI, "佐々木")
  await opensChild(mother, AOI)
  await edits(mother, "medicine", { note: "母が確かめた" }, "アスホターゼ")
  await expectSynced(mother)
  elsewhere = await restarted(elsewhere, liar.port)
  await showsAll(elsewhere)

  // In a network it hears that there are new words, and cannot open them: the first screen is as it was.
  liar.keepsBackKeys()
  await elsewhere.goesOnline()
  await elsewhere.until(() => Promise.resolve(liar.keptBack.size > 0), "keys that are kept back", 60)
  await goesHome(elsewhere)
  await elsewhere.sees(t.home.apart)
  await showsAll(elsewhere)
  elsewhere = await restarted(elsewhere, liar.port)
  await showsAll(elsewhere)
  await opensChild(elsewhere, AOI)
  await fact(elsewhere, "medicine", "アスホターゼ").waitFor()
  expect(await fact(elsewhere, "medicine", "母が確かめた").count()).toBe(0)

  liar.tellsTheTruth()
  await elsewhere.goesOnline()
  await opensApp(elsewhere)
  await opensChild(elsewhere, AOI)
  await fact(elsewhere, "medicine", "母が確かめた").waitFor({ timeout: 60_000 })
})

test("past her last day a grandmother's phone shows the whole first screen, also after the family said that it ended", async () => {
  await isThere(grandmother, inDays(63))
  await showsAll(grandmother)

  await isThere(mother, inDays(63))
  await opensPerson(mother, AOI, "祖母")
  await mother.presses(t.person.close)
  await mother.sees(t.person.withdrawn)
  await expectSynced(mother)
  await opensApp(grandmother)
  await opensChild(grandmother, AOI)
  await grandmother.find(t.apart.removed).waitFor({ timeout: 60_000 })
  await goesHome(grandmother)
  await showsAll(grandmother)
  grandmother = await restarted(grandmother)
  await showsAll(grandmother)
})
