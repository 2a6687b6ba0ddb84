/** Members with valid keys and patched apps, against the core as a browser runs it: there a panic could not be caught. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { chromium, type Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { target } from "../harness/files"
import { executablePath } from "../harness/person"

const MODULE = join(target, "generated/hostile")
const TYPES: Record<string, string> = { js: "text/javascript", wasm: "application/wasm" }

let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ["--no-sandbox", "--disable-gpu"],
  })
})

afterAll(async () => { await browser.close() })

test("twenty thousand attacks alter nothing in a browser, and the family goes on", async () => {
  const page = await browser.newPage()
  await page.route("http://attacker.test/**", async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1)
    if (name === "") {
      await route.fulfill({ contentType: "text/html", body: "<!doctype html>" })
    } else {
      const contentType = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream"
      await route.fulfill({ contentType, body: await readFile(join(MODULE, name)) })
    }
  })
  await page.goto("http://attacker.test/")
  // As text: the test runner would rewrite an import that it sees.
  const said = await page.evaluate<string>(`(async () => {
    const module = await import("/omamori_wasm.js")
    await module.default({ module_or_path: "/omamori_wasm_bg.wasm" })
    return module.besiege(20260921, 20_000, 2_000)
  })()`)
  const { changes, snapshots } = JSON.parse(said) as { changes: number[]; snapshots: number[] }
  expect(changes[0]).toBeGreaterThanOrEqual(20_000)
  expect(changes[1]).toBeGreaterThan(15_000)
  expect(snapshots).toHaveLength(4)
  expect(snapshots[0]).toBe(2_000)
})
