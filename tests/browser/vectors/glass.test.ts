/** Break-glass as frozen in `tests/vectors/glass.json`, by the core as browsers run it. */
import { expect, test } from "vitest"
import { codeOf, frozen, loadVault } from "./wasm"

interface GlassVectors {
  municipality: { id: string; fingerprint: string; list: string }
  record: string
  entries: { kind: number; bytes: string }[]
  officers: [string, string]
  package: string
  release: string
  opening: { kind: number; bytes: string }
  reason: string
  from: number
  until: number
}

const glass = frozen<GlassVectors>("glass")
const vault = (await loadVault()) as unknown as typeof import("../../../web-demo/src/generated/vault/omamori_wasm.js")

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))
const pairs = (entries: { kind: number; bytes: string }[]): [number, Uint8Array][] => entries.map((entry) => [entry.kind, bytes(entry.bytes)])
const held = (officer: 0 | 1) => vault.Held.open(bytes(glass.officers[officer]), glass.record, pairs(glass.entries))

/** What is shown once all that was asked has survived its trial, as in a worker of its own. */
function shown(of: ReturnType<typeof held>): string {
  const verdicts: [string, boolean][] = []
  for (;;) {
    const [pages, questions] = of.readTried(verdicts) as [string, [string, Uint8Array, Uint8Array[]][]]
    if (questions.length === 0) return pages
    for (const [candidate, document, changes] of questions) verdicts.push([candidate, vault.try_on_scratch(document, changes)])
  }
}

test("the list says whose it is", () => {
  const list = JSON.parse(vault.officers_list(bytes(glass.municipality.list))) as { municipality: string; fingerprint: string; officers: unknown[] }
  expect([list.municipality, list.fingerprint, list.officers.length]).toEqual([glass.municipality.id, glass.municipality.fingerprint, 3])
})

test("the second officer sees the reason, opens, and reads", () => {
  const second = held(1)
  expect(second.label()).toContain(glass.package)
  expect(shown(second)).not.toContain("呼吸器を外さない")
  const asked = JSON.parse(second.look(bytes(glass.release))) as { reason: string; until: number }
  expect([asked.reason, asked.until]).toEqual([glass.reason, glass.until])
  const entry = second.openTogether(bytes(glass.release), glass.from)
  expect(shown(second)).toContain("呼吸器を外さない")
  expect(entry.length).toBe(glass.opening.bytes.length / 2)
})

test("the first officer alone opens nothing, and after the end nobody does", () => {
  const first = held(0)
  expect(codeOf(() => first.look(bytes(glass.release)))).toBe("alone")
  expect(codeOf(() => first.openTogether(bytes(glass.release), glass.from))).toBe("alone")
  expect(codeOf(() => held(1).openTogether(bytes(glass.release), glass.until + 1))).toBe("ended")
})
