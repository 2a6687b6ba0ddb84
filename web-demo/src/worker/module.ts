/**
 * The core as wasm-bindgen presents it. Values cross as JSON text or bytes; errors are thrown as `Error` whose message is
 * JSON `{code, detail}`.
 */
import * as vault from '../generated/vault/omamori_wasm.js'
import wasmAddress from '../generated/vault/omamori_wasm_bg.wasm?url'

export { vault }

/** Loads the module once. Rejects when the file cannot be had, as on the very first visit without a network. */
export async function loadVault(): Promise<void> {
  await vault.default({ module_or_path: wasmAddress })
}
