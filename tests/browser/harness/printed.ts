/** What comes out of the printer. */
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { kept } from "./files"
import type { Person } from "./person"

export interface Printed {
  /** The PDF, under `target/browser/`. */
  file: string
  /** All of it, in the order in which it stands there. */
  text: string
  pages: number
}

/** Prints what is on the screen, as the browser's own print command does. */
export async function prints(person: Person, name: string): Promise<Printed> {
  const file = kept(`${name}.pdf`)
  await person.page.emulateMedia({ media: "print" })
  writeFileSync(file, await person.page.pdf({ preferCSSPageSize: true, printBackground: true }))
  await person.page.emulateMedia({ media: null })
  const pages = Number(/^Pages:\s+(\d+)/m.exec(execFileSync("pdfinfo", [file], { encoding: "utf8" }))?.[1])
  return { file, text: execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }), pages }
}

/** Presses a button that prints: resolves when the page has asked the browser for it. */
export async function asksToPrint(person: Person, testid: string): Promise<void> {
  await person.page.evaluate(() => {
    window.print = () => { document.documentElement.dataset["printing"] = "asked" }
  })
  await person.presses(testid)
  await person.page.locator("html[data-printing=asked]").waitFor()
  await person.page.evaluate(() => { delete document.documentElement.dataset["printing"] })
}

/** Without white space, and with one way of writing each character: paper breaks lines elsewhere than a screen. */
export function packed(text: string): string {
  return text.normalize("NFKC").replace(/\s+/gu, "")
}
