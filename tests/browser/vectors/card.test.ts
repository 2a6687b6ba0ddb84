/** Cards frozen in `tests/vectors/card.json`, opened by the module that a stranger's phone loads, and by the family's. */
import { expect, test } from "vitest"
import { codeOf, frozen, loadVault, loadViewer } from "./wasm"

interface CardVectors {
  cards: { name: string; url: string; report: unknown }[]
  refused: { name: string; scanned: string; code: string }[]
}

const vectors = frozen<CardVectors>("card")
const modules = { viewer: await loadViewer(), vault: await loadVault() }

test.for(Object.entries(modules).flatMap(([name, module]) => vectors.cards.map((card) => ({ name, module, card }))))(
  "$name reads the card on which $card.name",
  ({ module, card }) => {
    expect(JSON.parse(module.open_card(card.url))).toEqual(card.report)
    expect(JSON.parse(module.open_card(new URL(card.url).hash.slice(1)))).toEqual(card.report)
  },
)

test.for(Object.entries(modules).flatMap(([name, module]) => vectors.refused.map((bad) => ({ name, module, bad }))))(
  "$name refuses $bad.name as $bad.code",
  ({ module, bad }) => {
    expect(codeOf(() => module.open_card(bad.scanned))).toBe(bad.code)
  },
)

test("no digit of a card can be changed unseen", () => {
  const { url } = vectors.cards[0] ?? { url: "" }
  const begin = url.indexOf("#") + 1
  for (let at = begin; at < url.length; at += 7) {
    const digit = (Number(url[at]) + 1) % 10
    const changed = url.slice(0, at) + digit.toString() + url.slice(at + 1)
    expect(["damaged", "newer", "locked", "not-ours"], `digit ${(at - begin).toString()}`).toContain(codeOf(() => modules.viewer.open_card(changed)))
  }
})
