/**
 * A change that makes the core abort, written by somebody with valid keys. The app is built around a core in which certain words
 * stand for such a change: a module that tries it aborts, and so does one whose record met it.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import type { Worker } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, invites, onHome, opensChild, takesInSamples } from "../harness/family"
import { root, target, temporaryFolder } from "../harness/files"
import { picture } from "../harness/look"
import type { Person } from "../harness/person"
import { withSamples } from "../harness/relay"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

/** See `wasm/src/hostile.rs`. */
const DEADLY = "この語で止まる"

let stage: Stage
let mother: Person
let nurse: Person
keepPicturesOfFailures(() => stage)

/** The app around the core that such a change stops. */
function builtAroundHostileCore(): string {
  const out = temporaryFolder("hostile-app")
  const vite = join(root, "web-demo/node_modules/vite/bin/vite.js")
  const env = { ...process.env, OMAMORI_CORE_FOR_TESTS: join(target, "generated/hostile") }
  const built = spawnSync(process.execPath, [vite, "build", "--outDir", out, "--emptyOutDir", "--logLevel", "error"], { cwd: join(root, "web-demo"), env, encoding: "utf8" })
  if (built.status !== 0) throw new Error(built.stderr)
  return out
}

beforeAll(async () => {
  stage = await Stage.set({ app: withSamples(builtAroundHostileCore()) })
  const camera = await stage.camera()
  mother = await stage.person("mother", { camera })
  nurse = await stage.person("nurse")
  await takesInSamples(mother)
  await invites(mother, camera, AOI, nurse, { who: "nurse", name: "佐々木", organisation: "訪看ステーションかえで" })
  await expectSynced(nurse)
})

afterAll(async () => { await stage.end() })

test("it ends the worker that tries it and nothing else: the record never meets it, the screen stays, and honest edits go on", async () => {
  await opensChild(mother, AOI)
  await fact(mother, "tube", "カニューレ").waitFor()
  const live = coreOf(mother)
  const ended: Worker[] = []
  mother.page.on("worker", (worker) => worker.on("close", (gone) => ended.push(gone)))
  live.on("close", (gone) => ended.push(gone))

  // Her own words stop nobody's trial but the mother's: what one says oneself is not foreign.
  await opensChild(nurse, AOI)
  await edits(nurse, "medicine", { note: DEADLY }, "サルブタモール")

  await mother.until(async () => ended.length > 0, "the end of the worker that tried")
  await mother.until(async () => (await (await onHome(mother, AOI)).locator(`[data-testid="${t.home.apart}"]`).count()) === 1, "the notice on the home screen", 60)
  expect(ended).not.toContain(live)
  expect(coreOf(mother)).toBe(live)

  await opensChild(mother, AOI)
  await fact(mother, "tube", "カニューレ").waitFor()
  expect(await mother.page.locator("body").innerText()).not.toContain(DEADLY)
  await edits(mother, "tube", { next_change: "2026-11-22" }, "カニューレ")
  await expectSynced(mother)
  await opensChild(nurse, AOI)
  await fact(nurse, "tube", "11-22").waitFor()

  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.apart)
  const apart = await mother.sees(t.apart.item, { what: "set-aside", why: "failed-trial" })
  expect(await apart.innerText()).toContain("佐々木")
  await picture(mother.page, "apart-something-phone-ja")
})

test("after a restart it is still set aside, and the record still reads", async () => {
  await goesHome(mother)
  await mother.page.reload()
  await opensChild(mother, AOI)
  await fact(mother, "tube", "11-22").waitFor()
  expect(await (await onHome(mother, AOI)).locator(`[data-testid="${t.home.apart}"]`).getAttribute("data-count")).toBe("1")
})

/** The worker that holds the record: the first one of the page's cores that is still alive. */
function coreOf(person: Person): Worker {
  const core = person.page.workers().find((worker) => worker.url().includes("core.worker"))
  if (core === undefined) throw new Error(`${person.name} has no core`)
  return core
}
