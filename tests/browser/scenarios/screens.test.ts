/** Every screen, on a phone and on a desk, in both languages: nothing cut, nothing beyond the edge, readable for everybody. */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { AOI } from "../harness/aoi"
import { cardUrl, choosesLanguage, fact, holdsUpCard, onHome, opensApp, opensChild, takesInSamples, takesPhoneBack } from "../harness/family"
import { expectReadable, misfits } from "../harness/look"
import { DESK, ORIGIN, PHONE, type Person } from "../harness/person"
import { keepPicturesOfFailures, Stage } from "../harness/stage"
import { testids as t } from "../testids"

let stage: Stage
keepPicturesOfFailures(() => stage)
let family: Person
let card: string
let routes: Record<string, string>

beforeAll(async () => {
  stage = await Stage.set()
  family = await stage.person("family")
  await takesInSamples(family)
  await holdsUpCard(family, AOI)
  card = new URL(await cardUrl(family)).hash
  routes = await addresses()
})

afterAll(async () => { await stage.end() })

/** Where each screen of the family's app is, as this profile numbers its children. */
async function addresses(): Promise<Record<string, string>> {
  await opensChild(family, AOI)
  const child = new URL(family.page.url()).hash
  await fact(family, "must-never").locator(`[data-testid="${t.child.edit}"]`).click()
  await family.sees("edit")
  const edit = new URL(family.page.url()).hash
  await opensApp(family, `/${child}/people`)
  await family.presses(t.people.open)
  await family.sees("person")
  const person = new URL(family.page.url()).hash
  const pages = ["card", "print", "log", "differences", "people", "apart", "accesses", "invite", "glass"].map((page) => [page, `${child}/${page}`])
  return {
    home: "#/",
    start: "#/start",
    child,
    ...(Object.fromEntries(pages) as Record<string, string>),
    edit,
    history: edit.replace("/edit/", "/history/"),
    person,
    eyes: person.replace("/person/", "/eyes/"),
    pair: "#/pair",
    join: `#/join/${"ab".repeat(32)}`,
    scan: "#/scan",
    settings: "#/settings",
    demo: "#/demo",
    words: "#/words",
    recover: "#/recover",
    lost: "#/lost",
    lock: "#/lock",
    officer: "#/officer",
  }
}

async function inspect(screen: string, name: string): Promise<void> {
  await family.sees(screen)
  await expectReadable(family, name)
}

describe.each([
  ["phone", PHONE],
  ["desk", DESK],
] as const)("on a %s", (size, viewport) => {
  describe.each(["ja", "en"] as const)("in %s", (language) => {
    beforeAll(async () => {
      await family.page.setViewportSize(viewport)
      await opensApp(family, "/#/settings")
      await choosesLanguage(family, language)
    })

    test.each(["home", "start", "child", "card", "print", "log", "differences", "people", "person", "eyes", "invite", "apart", "accesses", "glass", "officer", "edit", "history", "pair", "join", "scan", "settings", "demo", "words", "recover", "lost", "lock"])(
      "%s fits and can be read by everybody",
      async (screen) => {
        await opensApp(family, `/${routes[screen] ?? ""}`)
        await inspect(screen, `${screen}-${size}-${language}`)
      },
    )

    test("the handed-over first screen fits and can be read by everybody", async () => {
      await opensApp(family)
      const child = await onHome(family, AOI)
      await child.locator(`[data-testid="${t.home.doctor}"]`).click()
      try {
        await inspect("doctor", `doctor-${size}-${language}`)
      } finally {
        await takesPhoneBack(family)
      }
    })

    test("a stranger's viewer fits and can be read by everybody", async () => {
      await family.opens("/c")
      await inspect("viewer-empty", `viewer-empty-${size}-${language}`)
      await family.page.goto(`${ORIGIN}/c${card}`)
      await family.sees("viewer-screen")
      await inspect("viewer-screen", `viewer-screen-${size}-${language}`)
    })
  })
})

test.each(["ja-JP", "en-GB"] as const)("beside a browser's bars a stranger reads down to the first number without scrolling (%s)", async (locale) => {
  const BETWEEN_THE_BARS = 664
  const stranger = await stage.person(`stranger ${locale}`, { locale, viewport: { ...PHONE, height: BETWEEN_THE_BARS } })
  await stranger.page.goto(`${ORIGIN}/c${card}`)
  await stranger.sees(t.first.screen)
  await stranger.page.evaluate(async () => { await document.fonts.ready })
  const phone = await stranger.find(t.first.block, { kind: "phone" }).first().boundingBox()
  expect((phone?.y ?? Infinity) + (phone?.height ?? 0)).toBeLessThanOrEqual(BETWEEN_THE_BARS)
})

test("at twice the text size nothing is cut on a phone", async () => {
  await family.page.setViewportSize(PHONE)
  for (const screen of ["home", "child", "edit", "card"]) {
    await opensApp(family, `/${routes[screen] ?? ""}`)
    await family.sees(screen)
    await family.page.evaluate(() => { document.documentElement.style.setProperty("font-size", "200%", "important") })
    expect(await misfits(family.page), screen).toEqual([])
  }
})
