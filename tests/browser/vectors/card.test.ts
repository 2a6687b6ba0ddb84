import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import init, { open_card } from "../../../web-demo/src/generated/viewer/omamori_wasm.js"

interface Vectors {
  cards: { name: string; url: string; report: unknown }[]
  refused: { name: string; scanned: string; code: string }[]
}

const here = (path: string): URL => new URL(path, import.meta.url)
const vectors = JSON.parse(readFileSync(here("../../vectors/card.json"), "utf8")) as Vectors

beforeAll(async () => {
  const module_or_path = readFileSync(here("../../../web-demo/src/generated/viewer/omamori_wasm_bg.wasm"))
  await init({ module_or_path })
})

describe("a stranger's phone", () => {
  it.each(vectors.cards)("reads the frozen card on which $name", ({ url, report }) => {
    expect(JSON.parse(open_card(url))).toEqual(report)
  })

  it.each(vectors.refused)("refuses $name, saying $code", ({ scanned, code }) => {
    let refused = ""
    try {
      open_card(scanned)
    } catch (error) {
      refused = (JSON.parse((error as Error).message) as { code: string }).code
    }
    expect(refused).toBe(code)
  })
})
