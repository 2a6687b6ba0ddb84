/** The screens of a shared tablet, and the family's when a station asks: on a phone and on a desk, in both languages. */
import { afterAll, beforeAll, describe, test } from "vitest"
import { AOI } from "../harness/aoi"
import { choosesLanguage, goesHome, type Language, opensApp, opensChild, photographOf, takesInSamples } from "../harness/family"
import { kept } from "../harness/files"
import { answersTest } from "../harness/lock"
import { expectReadable, picture } from "../harness/look"
import { DESK, PHONE, type Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { addsStaff, opensStation, setsUpStation, takesTablet } from "../harness/station"
import { testids as t } from "../testids"

const ITO = { name: "伊藤 恵子", pin: "1470" }
const SATO = { name: "佐藤 花子", pin: "2580" }

/** Where a family's answer to a tablet lies. */
const ANSWER_SLOT = /\/v1\/mailbox\/[0-9a-f]{64}\/2$/

let stage: Stage
keepPicturesOfFailures(() => stage)
let tablet: Person
let fresh: Person
let mother: Person

beforeAll(async () => {
  stage = await Stage.set()
  const camera = await stage.camera()
  tablet = await stage.person("tablet")
  fresh = await stage.person("new device")
  mother = await stage.person("mother", { camera })
  await takesInSamples(mother)
  await setsUpStation(tablet, "ひまわり訪問看護ステーション", ITO)
  await addsStaff(tablet, SATO)
  await goesHome(tablet)
  await tablet.presses(t.station.apply)
  await tablet.sees(t.pair.qr)
  await camera.lookAt(await photographOf(tablet, t.pair.qr))
})

afterAll(async () => { await stage.end() })

async function inspect(person: Person, screen: string, name: string): Promise<void> {
  await person.sees(screen)
  await expectReadable(person, name)
}

describe.each([
  ["phone", PHONE],
  ["desk", DESK],
] as const)("on a %s", (size, viewport) => {
  test.each(["ja", "en"] as const)("a tablet asks who is there, and whoever manages the staff sees them and the children (%s)", async (language) => {
    const name = (screen: string): string => `${screen}-${size}-${language}`
    await tablet.page.setViewportSize(viewport)
    await tablet.opens("/")
    await tablet.page.reload()
    await tablet.sees("who")
    await choosesLanguage(tablet, language)
    await tablet.presses(t.station.who, { person: SATO.name })
    await (await tablet.sees(t.station.whoPin)).fill("0000")
    await tablet.presses(t.station.enter)
    await tablet.find("who").filter({ hasText: /番号が違います|not the number|待ってください|please wait/ }).waitFor()
    await inspect(tablet, "who", name("who"))
    await takesTablet(tablet, ITO)
    await inspect(tablet, "home", name("home-station"))
    await tablet.presses(t.station.open)
    await tablet.presses(t.station.add)
    await inspect(tablet, "station", name("station"))
    await tablet.find(t.station.person, { person: SATO.name }).locator(`[data-testid="${t.station.end}"]`).click()
    await tablet.sees(t.station.endConfirm)
    await tablet.page.screenshot({ path: kept(`station-end-${size}-${language}.png`) })
    await tablet.page.keyboard.press("Escape")
    await tablet.find(t.station.person, { person: SATO.name }).locator(`[data-testid="${t.station.edit}"]`).click()
    await inspect(tablet, t.station.dialog, name("station-colleague"))
    await tablet.presses(t.station.role)
    await inspect(tablet, t.station.dialog, name("station-role"))
    await tablet.page.keyboard.press("Escape")
    await tablet.find(t.station.person, { person: SATO.name }).locator(`[data-testid="${t.station.edit}"]`).click()
    await tablet.presses(t.station.forgot)
    await (await tablet.sees(t.station.forgotPin)).fill("2580")
    await (await tablet.sees(t.station.forgotPinAgain)).fill("2589")
    await inspect(tablet, t.station.dialog, name("station-forgot"))
    await tablet.page.keyboard.press("Escape")
    await tablet.presses(t.station.toOwn)
    await tablet.sees(t.station.own)
    await inspect(tablet, "station", name("station-own"))
    await tablet.page.evaluate(() => { location.hash = "#/apply" })
    await tablet.sees(t.pair.qr)
    await inspect(tablet, "apply", name("apply"))
    // Somebody of the staff opens a family's link here instead of on a phone of their own.
    await tablet.page.evaluate((link) => { location.hash = `#/join/${link}` }, "ab".repeat(32))
    await tablet.sees(t.join.tablet)
    await inspect(tablet, "join", name("join-tablet"))
  })

  test.each(["ja", "en"] as const)("whoever manages the staff prints words, and comes back by them (%s)", async (language) => {
    const name = (screen: string): string => `${screen}-${size}-${language}`
    await tablet.page.setViewportSize(viewport)
    await takesTablet(tablet, ITO)
    await goesHome(tablet)
    await tablet.page.evaluate(() => { location.hash = "#/settings" })
    await choosesLanguage(tablet, language)
    await opensStation(tablet)
    await tablet.page.evaluate(() => { location.hash = "#/station-words" })
    await tablet.sees("station-words")
    if ((await tablet.find(t.station.wordsDone).count()) === 0 && (await tablet.find(t.words.make).count()) > 0) {
      await inspect(tablet, "station-words", name("station-words-none"))
      await tablet.presses(t.words.make)
      await tablet.sees(t.words.paper)
    } else await tablet.holds(await tablet.sees(t.station.wordsAgain), async () => { await tablet.sees(t.words.paper) })
    await inspect(tablet, "station-words", name("station-words"))
    await tablet.page.emulateMedia({ media: "print" })
    await picture(tablet.page, name("station-words-paper"))
    await tablet.page.emulateMedia({ media: "screen" })
    await answersTest(tablet, await tablet.find(t.words.word).allInnerTexts())
    await tablet.sees(t.station.wordsDone)
    await inspect(tablet, "station-words", name("station-words-done"))
    await goesHome(tablet)
    await tablet.presses(t.station.change)
    await tablet.presses(t.station.who, { person: ITO.name })
    await tablet.sees(t.station.forgotten)
    await inspect(tablet, "who", name("who-words"))
    await tablet.presses(t.station.forgotten)
    await tablet.sees(t.station.word)
    await inspect(tablet, "who", name("who-by-words"))
    await tablet.presses(t.station.wordsBack)
  })

  test.each(["ja", "en"] as const)("a device becomes a shared tablet (%s)", async (language) => {
    await fresh.page.setViewportSize(viewport)
    await opensApp(fresh, "/#/settings")
    await choosesLanguage(fresh, language)
    await opensApp(fresh, "/#/station-start")
    await inspect(fresh, "station-start", `station-start-${size}-${language}`)
  })

  test.each(["ja", "en"] as const)("a family sees who asks, for what, and what stays hidden (%s)", async (language) => {
    await mother.page.setViewportSize(viewport)
    await readsApplication(language)
    await mother.find(t.invite.see).first().waitFor()
    await inspect(mother, "invite", `organisation-invite-${size}-${language}`)
    await mother.presses(t.invite.next)
    await mother.sees(t.person.consentText)
    await inspect(mother, "invite", `organisation-consent-${size}-${language}`)
  })
})

async function readsApplication(language: Language): Promise<void> {
  await opensApp(mother, "/#/settings")
  await choosesLanguage(mother, language)
  await opensChild(mother, AOI)
  await mother.presses(t.child.toPeople)
  await mother.presses(t.people.add)
  await mother.presses(t.invite.tablet)
  await mother.sees(t.station.asks)
}

test("what a family agreed to is not asked again when the code is read again, and the page says that the tablet has not heard of it", async () => {
  // The relay has an answer to this code already: somebody else of the family was faster.
  await mother.context.route(ANSWER_SLOT, async (route) => {
    await route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ type: "urn:omamori:problem:already-there" }) })
  })
  await readsApplication("ja")
  await mother.presses(t.invite.next)
  await mother.sees(t.person.consentText)
  await mother.presses(t.station.grant)
  await mother.sees(t.station.asks, { state: "refused" })
  for (const [size, viewport] of [["phone", PHONE], ["desk", DESK]] as const) {
    for (const language of ["ja", "en"] as const) {
      await mother.page.setViewportSize(viewport)
      await readsApplication(language)
      await mother.sees(t.station.asks, { state: "refused" })
      await inspect(mother, "invite", `organisation-refused-${size}-${language}`)
    }
  }
})
