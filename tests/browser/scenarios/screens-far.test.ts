/** Invitations at a distance that end, or stand still: what the inviting phone and the invited one say, in both languages and sizes. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { opensApp, opensChild } from "../harness/family"
import { invitesFar, ManInBetween, takesUp } from "../harness/far"
import { motherOn } from "../harness/household"
import { looksAt, looksInBoth } from "../harness/look"
import { ORIGIN, type Person } from "../harness/person"
import { onStage, type Stage } from "../harness/stage"
import { testids as t } from "../testids"

const DAY_MS = 86_400_000
const LINK = `${ORIGIN}/?openExternalBrowser=1#/join/${"ab".repeat(32)}`
/** What a relay says that takes no invitations: one of another version, for example. */
const MAILBOX = /\/v1\/invitations\//

let stage: Stage
let mother: Person
onStage(async (set) => {
  stage = set
  mother = await motherOn(stage)
})

async function refuses(person: Person): Promise<void> {
  await person.context.route(MAILBOX, async (route) => { await route.fulfill({ status: 405 }) })
}

async function looksAtFailure(person: Person, name: string, testid: string, code: string): Promise<void> {
  await looksInBoth(person, name, () => person.sees(testid, { code }))
}

async function aMan(): Promise<ManInBetween> {
  return await ManInBetween.at(stage.relay.port, "cd".repeat(32))
}

test("a mother opens an invitation that is not there any more", async () => {
  await opensChild(mother, AOI)
  await opensApp(mother, `/${new URL(mother.page.url()).hash}/far/${"ef".repeat(32)}`)
  await looksAtFailure(mother, "far-gone", t.far.over, "far-gone")
})

test("the answer to a mother’s link is none", async () => {
  const url = await invitesFar(mother, AOI, "grandparent", "祖母")
  await (await aMan()).answersNonsense(url)
  await mother.sees(t.far.over, { code: "far-broken" })
  await looksAtFailure(mother, "far-broken", t.far.over, "far-broken")
})

test("a relay that takes no invitations is not waited for in silence, and trying again goes on", async () => {
  await invitesFar(mother, AOI, "grandparent", "祖母")
  await refuses(mother)
  await mother.sees(t.more.failure, { code: "relay-refused" })
  await looksAtFailure(mother, "far-failed", t.more.failure, "relay-refused")
  await mother.context.unroute(MAILBOX)
  await mother.presses(t.far.retry)
  await mother.find(t.far.stage, { stage: "waiting" }).waitFor({ state: "attached" })
  await mother.sees(t.far.link)
})

test("a mother’s invitation ends after a day", async () => {
  await invitesFar(mother, AOI, "grandparent", "祖父")
  await mother.page.clock.setSystemTime(Date.now() + DAY_MS + 60_000)
  await mother.sees(t.far.over, { code: "far-expired" })
  await looksAtFailure(mother, "far-expired", t.far.over, "far-expired")
})

test("a link that was cut off on its way says so, and leads to nobody’s record", async () => {
  const guest = await stage.person("whose messenger breaks lines")
  await opensApp(guest, `/#/join/${"ab".repeat(20)}`)
  await looksAtFailure(guest, "join-cut", t.join.over, "not-an-invitation")
  // In the message it may stand whole.
  await guest.presses(t.join.again)
  await (await guest.sees(t.join.paste)).fill(`Omamori ${LINK}`)
  await guest.presses(t.join.begin)
  await guest.find(t.join.stage, { stage: "waiting" }).waitFor({ state: "attached" })
})

test.each([
  ["far-broken", async (man: ManInBetween) => { await man.showsNonsense() }],
  ["far-called-off", async (man: ManInBetween) => { await man.takesBack() }],
  ["far-taken", async (man: ManInBetween) => { await man.opensFirst() }],
] as const)("a guest is told why the link leads nowhere, also when they tap it again: %s", async (code, ends) => {
  const man = await aMan()
  const url = man.replaces(LINK)
  const guest = await stage.person(`guest ${code}`)
  await ends(man)
  await takesUp(guest, url)
  await guest.sees(t.join.over, { code })
  await looksAtFailure(guest, `join-${code}`, t.join.over, code)
})

test("a guest whom nobody called is told after a day that it is over, and the next day too", async () => {
  const man = await aMan()
  const url = man.replaces(LINK)
  const guest = await stage.person("guest too late")
  await takesUp(guest, url)
  await guest.until(async () => (await man.statusOf(url, 1)) === 200, "the answer to the link")
  await guest.page.clock.setSystemTime(Date.now() + DAY_MS + 60_000)
  await guest.sees(t.join.over, { code: "far-late" })
  await looksAtFailure(guest, "join-late", t.join.over, "far-late")
  await guest.page.clock.setSystemTime(Date.now() + 2 * DAY_MS)
  await opensApp(guest, `/${new URL(url).hash}`)
  await guest.sees(t.join.over, { code: "far-late" })
  expect(await guest.find(t.join.begin).count()).toBe(0)
})

test("a guest’s relay takes no invitations: nothing is over, and trying again goes on", async () => {
  const url = (await aMan()).replaces(LINK)
  const guest = await stage.person("guest of another relay")
  await opensApp(guest)
  await refuses(guest)
  await takesUp(guest, url)
  await guest.sees(t.more.failure, { code: "relay-refused" })
  await looksAtFailure(guest, "join-failed", t.more.failure, "relay-refused")
  await guest.context.unroute(MAILBOX)
  await guest.presses(t.join.retry)
  await guest.find(t.join.stage, { stage: "waiting" }).waitFor({ state: "attached" })
  await looksAt(guest, "join-waiting-ja")
})
