/** The core as browsers run it, in Node: the same two modules, the same bytes. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "../harness/files"

const generated = join(root, "web-demo/src/generated")

export interface Viewer {
  open_card(text: string, words?: string): string
}

export type Entry = [kind: number, bytes: Uint8Array]

export interface Child {
  receive(entries: Entry[]): string
  view(): string
  rights(): string
  integrity(): string
  signChallenge(nonce: string): string
  device(): string
}

/** What stands behind a link to somebody far away. */
export interface FarInvitation {
  place(): string
  keep(): Uint8Array
}

/** Somebody answered it. Used up by comparing. */
export interface FarMet {
  shown(): Uint8Array
  compare(places: Uint16Array): { answer(): Uint8Array }
}

export interface Vault extends Viewer {
  FarInvitation: { begin(record: string): FarInvitation }
  FarMet: { read(kept: Uint8Array, slot1: Uint8Array): FarMet }
  far_place(link: string): string
  far_words(link: string, slot1: Uint8Array, slot2: Uint8Array): Uint16Array
  far_reply(link: string, publicKeys: Uint8Array): Uint8Array
  Child: { join(secret: Uint8Array, record: string): Child; publicKeys(secret: Uint8Array): Uint8Array; generateKeys(): Uint8Array }
  pairing_offer(publicKeys: Uint8Array): string
  pairing_mailbox(qr: string): string
  pairing_read_reply(qr: string, bytes: Uint8Array): string
}

async function load<T>(variant: "vault" | "viewer"): Promise<T> {
  const folder = join(generated, variant)
  const module = (await import(pathToFileURL(join(folder, "omamori_wasm.js")).href)) as T & { initSync: (options: { module: Uint8Array }) => void }
  module.initSync({ module: readFileSync(join(folder, "omamori_wasm_bg.wasm")) })
  return module
}

export const loadViewer = async (): Promise<Viewer> => await load<Viewer>("viewer")
export const loadVault = async (): Promise<Vault> => await load<Vault>("vault")

/** A file of `tests/vectors`: the one that Rust reads. */
export function frozen<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, "tests/vectors", `${name}.json`), "utf8")) as T
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"))
}

/** The code of a refusal, as it crosses from the core. */
export function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return (JSON.parse((error as Error).message) as { code: string }).code
  }
  return "nothing was refused"
}
