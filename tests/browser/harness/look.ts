/** Looks at a screen as a careful reviewer would: rules of accessibility, nothing cut off, a picture to keep. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { speaks } from "./family"
import { kept } from "./files"
import { DESK, PHONE, type Person } from "./person"

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface AxeResult {
  violations: { id: string; impact: string; nodes: { target: string[]; failureSummary?: string }[] }[]
}

/** What is on the screen can be read and pressed by everybody. Keeps a picture of it. */
export async function expectReadable(person: Person, name: string): Promise<void> {
  await person.page.evaluate(async () => { await document.fonts.ready })
  await picture(person.page, name)
  expect(await misfits(person.page), name).toEqual([])
  expect(await violations(person.page), name).toEqual([])
  expect(await smallTargets(person.page), name).toEqual([])
}

/** The same on a desk and on a phone, which it stays. */
export async function looksAt(person: Person, name: string): Promise<void> {
  for (const [size, viewport] of [["desk", DESK], ["phone", PHONE]] as const) {
    await person.page.setViewportSize(viewport)
    await expectReadable(person, `${name}-${size}`)
  }
}

/** The same in both languages: the app is opened anew in between, and `there` waits for what it has not forgotten. It stays in Japanese. */
export async function looksInBoth(person: Person, name: string, there: () => Promise<unknown>): Promise<void> {
  for (const language of ["en", "ja"] as const) {
    await speaks(person, language)
    await there()
    await looksAt(person, `${name}-${language}`)
  }
}

/** WCAG 2.2 AA violations of what is on the screen, one line each. */
export async function violations(page: Page): Promise<string[]> {
  // Over the debugger, so that the page's own content security policy stays as it is.
  await page.evaluate(axeSource)
  const found = (await page.evaluate(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    resultTypes: ["violations"],
  })`)) as AxeResult
  return found.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  )
}

/** What does not fit: a page that scrolls sideways, an element beyond its edge, a text that is cut. One line each. */
export async function misfits(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const found: string[] = []
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth.toString()} px wide, the screen ${width.toString()}`)
    const describe = (element: Element) => `<${element.tagName.toLowerCase()} ${element.getAttribute("data-testid") ?? element.className.toString()}> ${(element.textContent ?? "").trim().slice(0, 40)}`
    const scrolls = (element: Element | null): boolean =>
      element !== null && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest("svg, [hidden], .visually-hidden, .sr-only") !== null && element.tagName.toLowerCase() !== "svg") continue
      const box = element.getBoundingClientRect()
      const style = getComputedStyle(element)
      if (box.width === 0 || box.height === 0 || style.visibility === "hidden") continue
      // One pixel wide and clipped: text for screen readers.
      if (style.clipPath !== "none" || style.clip !== "auto") continue
      if ((box.right > width + 1 || box.left < -1) && !scrolls(element.parentElement)) found.push(`beyond the edge: ${describe(element)}`)
      const cut = element.scrollWidth > element.clientWidth + 1 && ["hidden", "clip"].includes(style.overflowX) && style.display !== "inline"
      if (cut && (element.textContent ?? "").trim() !== "") found.push(`cut: ${describe(element)}`)
    }
    return found
  })
}

/** Targets that a thumb would miss (WCAG 2.5.8 asks 24 px, this project 44): what stands inside a sentence excepted. */
export async function smallTargets(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=button]")]
      .filter((element) => {
        const style = getComputedStyle(element)
        const label = element.closest("label")
        const box = (label ?? element).getBoundingClientRect()
        if (box.width === 0 || style.visibility === "hidden" || style.clipPath !== "none") return false
        const inSentence = style.display === "inline" || element.classList.contains("term")
        return !inSentence && (box.height < 43.5 || box.width < 43.5)
      })
      .map((element) => {
        const box = element.getBoundingClientRect()
        return `${box.width.toFixed(0)}×${box.height.toFixed(0)} <${element.tagName.toLowerCase()} ${element.getAttribute("data-testid") ?? ""}> ${(element.textContent ?? "").trim().slice(0, 30)}`
      }),
  )
}

/** Keeps a picture of the whole page under `target/browser/`. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: kept(`${name}.png`), fullPage: true })
}
