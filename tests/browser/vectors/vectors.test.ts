// The frozen bytes, read by the core as browsers run it. The same files are read by Rust (tests/tests/vectors.rs).
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, test } from "vitest"

interface FrozenEntry {
  kind: number
  hash: string
  bytes: string
  says: Record<string, unknown>
}

interface FrozenRecord {
  record: string
  readers: { name: string; secret: string; device: string; readable: string[]; intact: boolean; view: unknown }[]
  entries: FrozenEntry[]
}

interface FrozenKeys {
  device: { secret: string; public: string; id: string }
  token: { record: string; nonce: string; signature: string }
  recovery: { words: string; nonce: string; devices: { index: number; secret: string; id: string; proof: string }[] }
  pairing: { code: string; mailbox: string; record: string; reply: string }
  distance: Record<"kept" | "link" | "mailbox" | "slot-1" | "slot-2" | "slot-3", string> & { places: number[] }
}

const generated = new URL("../../../web-demo/src/generated/vault/", import.meta.url)
const vault = (await import(new URL("omamori_wasm.js", generated).href)) as typeof import("../../../web-demo/src/generated/vault/omamori_wasm.js")

const frozen = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"))
const record = frozen("record") as FrozenRecord
const keys = frozen("keys") as FrozenKeys
const station = frozen("station") as Record<
  "organisation" | "staff" | "application" | "code" | "mailbox" | "record" | "grant" | "reply" | "join", string
> & { "joined-at": number }
const bad = frozen("bad") as { cases: { name: string; kind: number; bytes: string; code: string }[] }

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex")
const pairs = (entries: { kind: number; bytes: string }[]): [number, Uint8Array][] =>
  entries.map((entry) => [entry.kind, bytes(entry.bytes)])

beforeAll(async () => {
  await vault.default({ module_or_path: readFileSync(new URL("omamori_wasm_bg.wasm", generated)) })
})

describe("the frozen record", () => {
  test.each(record.readers)("$name still sees what she saw", (reader) => {
    const child = vault.Child.open(bytes(reader.secret), record.record, pairs(record.entries))
    expect(child.device()).toBe(reader.device)
    expect(JSON.parse(child.view())).toEqual(reader.view)
    expect(Object.keys(JSON.parse(child.rights()) as object).sort()).toEqual([...reader.readable].sort())
    expect((JSON.parse(child.integrity()) as { intact: boolean }).intact).toBe(reader.intact)
    child.free()
  })

  test("every entry's id is the hash of its bytes", () => {
    for (const entry of record.entries) {
      expect(createHash("sha256").update(bytes(entry.bytes)).digest("hex")).toBe(entry.hash)
    }
  })

  test("what was received once says nothing twice", () => {
    const reader = record.readers[0]
    if (reader === undefined) throw new Error("a reader")
    const child = vault.Child.open(bytes(reader.secret), record.record, pairs(record.entries))
    const again = JSON.parse(child.receive(pairs(record.entries))) as { accepted: string[]; changed: boolean }
    expect(again).toMatchObject({ accepted: [], changed: false })
    child.free()
  })
})

describe("bad entries are refused with a word for why, and change nothing", () => {
  test.each(bad.cases)("$name: $code", ({ kind, bytes: entry, code }) => {
    const reader = record.readers[0]
    if (reader === undefined) throw new Error("a reader")
    const child = vault.Child.open(bytes(reader.secret), record.record, pairs(record.entries))
    const received = JSON.parse(child.receive([[kind, bytes(entry)]])) as { refused: { code: string }[]; changed: boolean }
    expect(received.refused.map((refused) => refused.code)).toEqual([code])
    expect(received.changed).toBe(false)
    expect(JSON.parse(child.view())).toEqual(reader.view)
    child.free()
  })
})

describe("keys", () => {
  test("a device's secret gives its public keys", () => {
    expect(hex(vault.Child.publicKeys(bytes(keys.device.secret)))).toBe(keys.device.public)
  })

  test("a relay's challenge is signed as frozen", () => {
    const child = vault.Child.join(bytes(keys.device.secret), keys.token.record)
    expect(child.signChallenge(keys.token.nonce)).toBe(keys.token.signature)
    child.free()
  })

  test("words on paper give the devices that were frozen, in any of Unicode's forms, and wrong words none", () => {
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"]) {
      const kit = vault.Kit.read(keys.recovery.words.normalize(form))
      for (const { index, secret, id, proof } of keys.recovery.devices) {
        expect(hex(kit.secretKeys(index))).toBe(secret)
        expect(vault.deviceOf(bytes(secret))).toBe(id)
        expect(vault.proveKeys(bytes(secret), keys.recovery.nonce)).toBe(proof)
      }
      kit.free()
    }
    const [first = "", second = "", ...rest] = keys.recovery.words.split("\u3000")
    expect(() => vault.Kit.read([second, first, ...rest].join(" "))).toThrow("words-checksum")
    expect(() => vault.Kit.read(["ぬるぽ", second, ...rest].join(" "))).toThrow("words-unknown")
    expect(() => vault.Kit.read(rest.join(" "))).toThrow("words-count")
    expect(vault.recoveryList()).toHaveLength(2048)
  })

  test("what a PIN sealed opens with that PIN, for that purpose", () => {
    const sealed = vault.sealUnderPin("258036", bytes("0102"), "test")
    expect(hex(vault.openUnderPin("258036", sealed, "test"))).toBe("0102")
    expect(() => vault.openUnderPin("258037", sealed, "test")).toThrow("wrong-pin")
    expect(() => vault.openUnderPin("258036", sealed, "other")).toThrow("wrong-pin")
  })

  test("an invitation at a distance says its words, and another word lets nobody in", () => {
    const { kept, link, mailbox, places, ...slots } = keys.distance
    expect(JSON.parse(vault.far_place(link))).toEqual({ link, mailbox })
    expect([...vault.far_words(link, bytes(slots["slot-1"]), bytes(slots["slot-2"]))]).toEqual(places)
    expect(vault.far_record(link, bytes(slots["slot-2"]), bytes(slots["slot-3"]))).toBe("01".repeat(32))
    const met = (): ReturnType<typeof vault.FarMet.read> => vault.FarMet.read(bytes(kept), bytes(slots["slot-1"]))
    expect(hex(met().shown())).toBe(slots["slot-2"])
    const agreed = met().compare(Uint16Array.from(places))
    expect(hex(agreed.answer())).toBe(slots["slot-3"])
    expect(agreed.publicKeys().length).toBeGreaterThan(1200)
    expect(() => met().compare(Uint16Array.from([...places].reverse()))).toThrow("words-differ")
  })

  test("an invitation that nobody answered has nothing to show", () => {
    const { kept, ...slots } = keys.distance
    for (const none of ["", slots["slot-1"].slice(2), slots["slot-2"]]) {
      expect(() => vault.FarMet.read(bytes(kept), bytes(none))).toThrow("malformed")
    }
  })

  test("a pairing code leads to its record, and an altered answer does not", () => {
    const { code, mailbox, record: of, reply } = keys.pairing
    expect(vault.pairing_mailbox(code)).toBe(mailbox)
    expect(hex(vault.pairing_reply(code, of))).toBe(reply)
    expect(vault.pairing_read_reply(code, bytes(reply))).toBe(of)
    const altered = bytes(reply)
    altered[10] = (altered[10] ?? 0) ^ 1
    expect(() => vault.pairing_read_reply(code, altered)).toThrow("not-authentic")
  })

  test("an organisation's code leads to its record, and its staff is certified as frozen", () => {
    const { code, application, record: of, grant, reply } = station
    expect(vault.station_mailbox(code)).toBe(station.mailbox)
    expect(JSON.parse(vault.station_accept(code, bytes(application)))).toEqual({
      name: "ひまわり訪問看護ステーション",
      preset: "nursing-station",
      staff: ["佐藤"],
    })
    expect(hex(vault.station_reply(code, of, grant))).toBe(reply)
    expect(JSON.parse(vault.station_read_reply(code, bytes(reply)))).toEqual({ record: of, grant })
    const [kind, , join] = vault.station_first_join(bytes(station.organisation), of, grant, bytes(station.staff), station["joined-at"]) as [
      number, string, Uint8Array,
    ]
    expect([kind, hex(join)]).toEqual([0, station.join])
    // An app of the first version says that the code was made by a newer one.
    expect(() => vault.pairing_mailbox(code)).toThrow("newer")
  })
})
