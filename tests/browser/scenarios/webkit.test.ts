/** The same app in WebKitGTK: a family's home, and a nurse's round, with the mother on Chromium. */
import { writeFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { AOI, missingIn } from "../harness/aoi"
import { edits, expectSynced, fact, history, invitesShown, opensChild, takesInSamples } from "../harness/family"
import { kept } from "../harness/files"
import { PHONE } from "../harness/person"
import { codeIn } from "../harness/pictures"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { WebKit } from "../harness/webkit"
import { Wire } from "../harness/wire"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)

beforeAll(async () => { stage = await Stage.set() })

afterAll(async () => { await stage.end() })

/** A phone with WebKit, on a wire of its own. */
async function phone(): Promise<{ webkit: WebKit; wire: Wire; origin: string; away: () => Promise<void> }> {
  const wire = await Wire.to(stage.relay.port)
  const webkit = await WebKit.open(PHONE)
  const away = async (): Promise<void> => {
    await webkit.close()
    await wire.close()
  }
  return { webkit, wire, origin: `http://localhost:${wire.port.toString()}`, away }
}

const clickWithin = `const child = [...document.querySelectorAll('[data-testid="' + args[0] + '"]')].find((e) => e.textContent.includes(args[1]))
  child.querySelector('[data-testid="' + args[2] + '"]').click()`

test("home: the sample families come in, and あおい's first screen is whole, also after a reload without a network", async () => {
  const { webkit, wire, origin, away } = await phone()
  try {
    await webkit.opens(`${origin}/#/demo`)
    await webkit.presses(t.demo.load)
    await webkit.until(`return document.querySelector('[data-testid="${t.demo.done}"]') !== null`, "the samples")
    await webkit.evaluate(`location.hash = "#/"`)
    await webkit.sees(t.home.child)
    expect(await webkit.evaluate<number>(`return document.querySelectorAll('[data-testid="${t.home.child}"]').length`)).toBe(4)
    await webkit.until(`return (await navigator.serviceWorker.getRegistration())?.active?.state === "activated"`, "the service worker")

    wire.cut()
    await webkit.opens(`${origin}/#/`)
    await webkit.evaluate("location.reload()")
    await webkit.sees(t.home.child)
    await webkit.evaluate(clickWithin, t.home.child, AOI, t.home.doctor)
    expect(missingIn(await webkit.reads(t.first.screen))).toEqual([])
    writeFileSync(kept("webkit-doctor.png"), await webkit.picture())
  } finally {
    await away()
  }
})

test("round: a nurse on WebKit and a mother on Chromium, both offline, agree afterwards on what they disagree about", async () => {
  const camera = await stage.camera()
  const mother = await stage.person("mother", { camera })
  await takesInSamples(mother)
  const { webkit, wire, origin, away } = await phone()
  try {
    await webkit.opens(`${origin}/#/pair`)
    const offer = await webkit.attribute(t.pair.offer, "data-text")
    await camera.lookAt(await webkit.photographOf(t.pair.qr, stage.studio, async (picture) => (await codeIn(picture, stage.studio)) === offer))
    await invitesShown(mother, AOI, { who: "nurse", name: "佐々木", organisation: "訪看ステーションかえで" })
    await webkit.until(`return document.querySelector('[data-testid="${t.pair.done}"]') !== null`, "the pairing")

    await webkit.evaluate(`location.hash = "#/"`)
    await webkit.sees(t.home.child)
    await webkit.evaluate(clickWithin, t.home.child, AOI, t.home.open)
    await webkit.sees("child")
    await webkit.until(`return document.querySelector('[data-testid="fact"][data-kind="tube"]') !== null`, "the tube's fact")

    wire.cut()
    await mother.goesOffline()
    await webkit.evaluate(`const tube = [...document.querySelectorAll('[data-testid="fact"][data-kind="tube"]')].find((e) => e.textContent.includes("カニューレ"))
      tube.querySelector('[data-testid="${t.child.edit}"]').click()`)
    await webkit.sees("edit")
    await webkit.evaluate(`const field = document.querySelector('[data-testid="${t.edit.field}"][data-field="next_change"]')
      field.value = "2026-11-23"; field.dispatchEvent(new Event("input", { bubbles: true })); field.dispatchEvent(new Event("change", { bubbles: true }))`)
    await webkit.presses(t.edit.save)
    await webkit.until(`return document.querySelector('[data-testid="edit"]') === null`, "saving")
    await opensChild(mother, AOI)
    await edits(mother, "tube", { next_change: "2026-11-22" }, "カニューレ")

    wire.mend()
    await mother.goesOnline()
    await expectSynced(mother)
    await fact(mother, "tube", "カニューレ").locator(`[data-testid="${t.child.contradiction}"]`).waitFor()
    const both = await fact(mother, "tube", "カニューレ").innerText()
    expect(both).toContain("11-22")
    expect(both).toContain("11-23")
    expect((await history(mother, "tube", "カニューレ")).some((item) => item.author.includes("佐々木"))).toBe(true)
    await webkit.evaluate(`location.hash = "#/"`)
    await webkit.sees(t.home.child)
    await webkit.evaluate(clickWithin, t.home.child, AOI, t.home.open)
    await webkit.until(`return document.querySelector('[data-testid="${t.child.contradiction}"]')?.textContent.includes("11-22") === true`, "the mother's value")
  } finally {
    await away()
  }
})
