// Until `cargo xtask wasm` has run, this stands in for the types it generates.
declare module '*/generated/vault/omamori_wasm.js' {
  export default function init(options: { module_or_path: string }): Promise<unknown>
  export class Child {
    static create(guardian: string, now: number): Child
    static generateKeys(): Uint8Array
    static publicKeys(secret: Uint8Array): Uint8Array
    static join(secret: Uint8Array, record: string): Child
    static open(secret: Uint8Array, record: string, entries: [number, Uint8Array][]): Child
    takeEntries(): [number, string, Uint8Array][]
    receive(entries: [number, Uint8Array][]): string
    edit(edits: string, now: number): void
    importJson(json: string, now: number): void
    exportJson(): string
    view(): string
    firstScreen(today: string): string
    rights(): string
    history(compartment: string, fact: string): string
    card(host: string, today: string): string
    sheet(host: string, today: string, lang: string): string
    addDevice(publicKeys: Uint8Array, name: string, now: number): void
    grant(publicKeys: Uint8Array, member: string, rights: string, now: number): void
    integrity(): string
    record(): string
    device(): string
    secretKeys(): Uint8Array
    signChallenge(nonce: string): string
    free(): void
  }
  export function pairing_offer(publicKeys: Uint8Array): string
  export function pairing_mailbox(qr: string): string
  export function pairing_accept(qr: string, publicKeys: Uint8Array): void
  export function pairing_reply(qr: string, record: string): Uint8Array
  export function pairing_read_reply(qr: string, bytes: Uint8Array): string
  export function qr_modules(text: string): string
}

declare module '*/generated/viewer/omamori_wasm.js' {
  export default function init(options: { module_or_path: string }): Promise<unknown>
  export function open_card(text: string, words?: string): string
}

declare module '*/omamori_wasm_bg.wasm?url' {
  const address: string
  export default address
}
