/** New words on paper, interrupted by a dead battery; and words typed in where one child's record cannot be reached. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { expectSynced, opensApp, takesInSamples } from "../harness/family"
import { makesWords, testsWords, typesWords } from "../harness/lock"
import type { Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let before: string[]
let after: string[]

beforeAll(async () => {
  stage = await Stage.set()
  mother = await stage.person("mother")
  await takesInSamples(mother)
  before = await makesWords(mother)
  await testsWords(mother, before)
  await expectSynced(mother)
})

afterAll(async () => { await stage.end() })

/** What lies in the vault under this name, as it is sealed: another one whenever it is written. */
async function sealed(person: Person, box: string): Promise<string> {
  return await person.page.evaluate(async (name) => {
    const opened = await new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open("omamori")
      asked.onsuccess = () => { resolve(asked.result) }
      asked.onerror = () => { reject(new Error("no vault")) }
    })
    const found = await new Promise<{ iv: Uint8Array } | undefined>((resolve) => {
      const asked = opened.transaction("boxes").objectStore("boxes").get(name)
      asked.onsuccess = () => { resolve(asked.result as { iv: Uint8Array } | undefined) }
    })
    opened.close()
    return found === undefined ? "" : found.iv.join()
  }, box)
}

test("the battery dies while new words take the place of the old ones: the new paper is shown, and in the end it alone counts everywhere", async () => {
  await opensApp(mother, "/#/words")
  await mother.sees(t.words.done)
  const kit = await sealed(mother, "kit")
  await mother.holds(await mother.sees(t.words.again), async () => mother.until(async () => (await sealed(mother, "kit")) !== kit, "new words are kept"))
  await mother.killed()

  mother = await stage.person("mother, charged again", { profile: mother.profile })
  await opensApp(mother, "/#/words")
  await mother.sees(t.words.paper)
  after = await mother.find(t.words.word).allInnerTexts()
  expect(after).toHaveLength(24)
  expect(after).not.toEqual(before)
  await mother.find(t.words.old).waitFor({ state: "detached", timeout: 120_000 })
  await testsWords(mother, after)
  await mother.until(async () => (await mother.find(t.words.covered).count()) === 4, "the paper counts for all four")
  await expectSynced(mother)

  const stranger = await stage.person("whoever finds the old paper")
  await typesWords(stranger, before)
  await stranger.sees(t.recover.refused)
})

test("one record cannot be reached: the other three come back, and the fourth without typing again", async () => {
  const phone = await stage.person("mothers new phone")
  await opensApp(phone)
  let shut = ""
  await phone.context.route(/\/v1\/records\/[0-9a-f]{64}\//, async (route) => {
    const record = /records\/([0-9a-f]{64})/.exec(route.request().url())?.[1] ?? ""
    // Words are found without naming a record: the first that is named is the one out of reach.
    if (!/^0+$/.test(record)) shut ||= record
    await (record === shut ? route.abort() : route.continue())
  })
  await typesWords(phone, after)
  await phone.find(t.recover.missing).filter({ hasText: "1人" }).waitFor({ timeout: 120_000 })
  expect(await phone.find(t.recover.child).count()).toBe(3)
  await phone.context.unroute(/\/v1\/records\/[0-9a-f]{64}\//)
  await phone.presses(t.recover.again)
  await phone.until(async () => (await phone.find(t.recover.child).count()) === 4, "the fourth child", 120)
  expect(await phone.find(t.recover.missing).count()).toBe(0)
})
