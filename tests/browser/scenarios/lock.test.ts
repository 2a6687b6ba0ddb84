/** The app's own lock: it closes records, slows down who guesses, and never closes the emergency screen. */
import { expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { edits, expectSynced, fact, goesHome, opensChild, readsFirstScreen, takesPhoneBack } from "../harness/family"
import { motherOn } from "../harness/household"
import { setsLock, typesPin } from "../harness/lock"
import { looksAt } from "../harness/look"
import type { Person } from "../harness/person"
import { onStage } from "../harness/stage"
import { testids as t } from "../testids"

const PIN = "258036"
let mother: Person
onStage(async (stage) => { mother = await motherOn(stage) })

async function onLockScreen(person: Person): Promise<void> {
  await person.sees("locked")
  const child = person.find(t.locked.child).filter({ hasText: AOI })
  await child.locator(`[data-testid="${t.locked.doctor}"]`).click()
  await person.sees("doctor")
  expect(await readsFirstScreen(person)).toContain("9.2")
  await takesPhoneBack(person)
  await person.sees("locked")
}

test("closed and opened again the app asks for the PIN, and shows the emergency screen and the card without it", async () => {
  await setsLock(mother, PIN)
  await opensChild(mother, AOI)
  await edits(mother, "weight", { value: "9.2" })
  await expectSynced(mother)
  await mother.page.reload()
  await onLockScreen(mother)
  await looksAt(mother, "locked-ja")

  const child = mother.find(t.locked.child).filter({ hasText: AOI })
  await child.locator(`[data-testid="${t.locked.card}"]`).click()
  await mother.sees(t.locked.cardPage)
  await mother.sees(t.card.qr)
  // No address leads past it.
  for (const address of ["#/settings", "#/child/1", "#/child/1/log", "#/lock"]) {
    await mother.page.evaluate((to) => { location.hash = to }, address)
    await mother.sees("locked")
    expect(await mother.find(t.frame.ready).count()).toBe(0)
  }
})

test("wrong PINs slow down, a reload and a clock set back change nothing, and the emergency screen stays", async () => {
  for (let i = 0; i < 5; i++) {
    await typesPin(mother, "000000")
    await mother.until(async () => (await mother.find(t.locked.pin).inputValue()) === "", "the answer")
  }
  const button = await mother.sees(t.locked.open)
  expect(await button.isDisabled()).toBe(true)
  await mother.page.reload()
  await mother.sees("locked")
  await mother.until(async () => /あと\d+秒/.test(await mother.find("locked").innerText()), "the time that is left")
  await onLockScreen(mother)

  // The clock is set back by a year: still a minute, no more and no less.
  const now = Date.now()
  await mother.page.clock.install({ time: now - 365 * 24 * 3600_000 })
  await mother.page.reload()
  await mother.sees("locked")
  const text = await mother.until(async () => /あと(\d+)秒/.exec(await mother.find("locked").innerText())?.[1], "the time that is left")
  expect(Number(text)).toBeLessThanOrEqual(60)
  expect(Number(text)).toBeGreaterThan(0)
  // A minute passes.
  await mother.page.clock.fastForward(61_000)
  await typesPin(mother, PIN)
  await mother.sees(t.frame.ready)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "9.2").waitFor()
})

test("out of sight for the chosen time it locks by itself", async () => {
  await mother.page.reload()
  await mother.sees("locked")
  await typesPin(mother, PIN)
  await mother.sees(t.frame.ready)
  await mother.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
  })
  await mother.page.clock.fastForward(45_000)
  await mother.sees(t.frame.ready)
  await mother.page.clock.fastForward(20_000)
  await mother.sees("locked")
  await mother.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
  })
  await onLockScreen(mother)
})

test("a fingerprint opens it too", async () => {
  const debug = await mother.context.newCDPSession(mother.page)
  await debug.send("WebAuthn.enable")
  await debug.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true, hasPrf: true,
    },
  })
  await typesPin(mother, PIN)
  await mother.sees(t.frame.ready)
  await goesHome(mother)
  await mother.page.evaluate(() => { location.hash = "#/lock" })
  await (await mother.sees(t.lock.current)).fill(PIN)
  await mother.presses(t.lock.passkeyAdd)
  await mother.sees(t.lock.passkeyRemove)
  await mother.presses(t.lock.now)
  await mother.sees("locked")
  await mother.presses(t.locked.passkey)
  await mother.sees(t.frame.ready)
  await opensChild(mother, AOI)
  await fact(mother, "weight", "9.2").waitFor()
})

test("a forgotten PIN costs the records on this phone, and neither emergency screen nor card", async () => {
  await mother.page.evaluate(() => { location.hash = "#/lock" })
  await mother.presses(t.lock.now)
  await mother.sees("locked")
  await mother.presses(t.locked.forgot)
  await mother.holds(await mother.sees(t.locked.giveUp), async () => mother.sees("recover"))
  await goesHome(mother)
  await mother.sees(t.locked.onlyScreen)
  const child = mother.find(t.locked.child).filter({ hasText: AOI })
  await child.locator(`[data-testid="${t.locked.doctor}"]`).click()
  await mother.sees("doctor")
  expect(await readsFirstScreen(mother)).toContain("9.2")
})
