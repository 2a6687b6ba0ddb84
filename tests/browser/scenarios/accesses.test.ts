/** 閲覧の記録: the family reads whose phone received what, and is told when the relay's list is not the one it was. */
import { cpSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { expectSynced, goesHome, invites, opensChild, takesInSamples } from "../harness/family"
import { temporaryFolder } from "../harness/files"
import type { Person } from "../harness/person"
import { Relay } from "../harness/relay"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let mother: Person
let nurse: Person
let relay: Relay

beforeAll(async () => {
  stage = await Stage.set()
  relay = stage.relay
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木", organisation: "訪看ステーションかえで" })
})

afterAll(async () => {
  await stage.end()
  await relay.stop()
})

async function readsAccesses(person: Person): Promise<void> {
  await goesHome(person)
  await opensChild(person, AOI)
  await person.presses(t.child.toPeople)
  await person.presses(t.people.accesses)
  await person.sees("accesses")
  await person.sees(t.accesses.read)
}

async function hearsFromMother(what: string): Promise<void> {
  await goesHome(mother)
  await opensChild(mother, AOI)
  await mother.presses(t.child.toLog)
  await mother.presses(t.log.add)
  await (await mother.sees(t.log.chiefComplaint)).fill(what)
  await mother.presses(t.log.save)
  await expectSynced(mother)
  await goesHome(nurse)
  await opensChild(nurse, AOI)
  await nurse.presses(t.child.toLog)
  await nurse.find(t.log.entry).filter({ hasText: what }).waitFor()
}

/** The relay's whole storage, while it is not running. */
function copy(from: string, to: string): void {
  for (const name of readdirSync(to).filter((name) => name.startsWith("relay.db"))) rmSync(join(to, name))
  for (const name of readdirSync(from).filter((name) => name.startsWith("relay.db"))) cpSync(join(from, name), join(to, name))
}

async function restarts(before: () => void): Promise<void> {
  await relay.stop()
  before()
  relay = await Relay.start({ folder: relay.folder, port: relay.port })
}

test("the mother reads that the nurse’s phone received the daily care, and what such a list cannot know", async () => {
  await hearsFromMother("痰が多い")
  await readsAccesses(mother)
  const visit = mother.find(t.accesses.item).filter({ hasText: "佐々木" })
  await visit.first().waitFor()
  expect(await visit.first().innerText()).toMatch(/\d\d:\d\d[\s\S]*毎日のケア/)
  expect(await (await mother.sees("accesses")).innerText()).toContain("カードや紙を見た人")
  await mother.find(t.accesses.deed, { what: "grant" }).filter({ hasText: "佐々木" }).waitFor()
  expect(await mother.find(t.accesses.trouble).count()).toBe(0)
})

test("the nurse may read it too, without being able to change anything", async () => {
  await readsAccesses(nurse)
  await nurse.find(t.accesses.item).filter({ hasText: "佐々木" }).first().waitFor()
})

test("a relay that tells another list than before is noticed, and what had been read is still there", async () => {
  const backup = temporaryFolder("backup")
  await restarts(() => { copy(relay.folder, backup) })
  await hearsFromMother("熱はない")
  await readsAccesses(mother)
  const known = await mother.find(t.accesses.item).count()
  expect(await mother.find(t.accesses.trouble).count()).toBe(0)

  await restarts(() => { copy(backup, relay.folder) })
  await goesHome(mother)
  await expectSynced(mother)
  await readsAccesses(mother)
  await mother.find(t.accesses.trouble).first().waitFor()
  expect(await mother.find(t.accesses.item).count()).toBeGreaterThanOrEqual(known)
  expect(await (await mother.sees(t.accesses.trouble)).innerText()).toContain("この端末に残してあります")
})
