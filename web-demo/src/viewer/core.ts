import init, { card_notice_id, open_card, read_card_notice } from '../generated/viewer/omamori_wasm.js'
import wasmAddress from '../generated/viewer/omamori_wasm_bg.wasm?url'
import type { OpenedCard } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'

let loaded: Promise<unknown> | null = null
let isLoaded = false

/** Loads the small core: everything needed to open a card, and nothing that could keep a record. */
export function loadViewer(): Promise<unknown> {
  return (loaded ??= init({ module_or_path: wasmAddress }).then(() => (isLoaded = true)))
}

/** Can a card be opened without waiting? */
export const viewerLoaded = (): boolean => isLoaded

/** Opens the text of a card's code, or its payload, once the core is loaded. Throws a [`Failure`] with the core's code. */
export function openCard(text: string, words?: string): OpenedCard {
  try {
    return JSON.parse(open_card(text, words)) as OpenedCard
  } catch (error) {
    throw refusal(error)
  }
}

/** Where the relay keeps what was said of an opened card afterwards. */
export function noticeId(text: string): string {
  return card_notice_id(text)
}

/** What was said of an opened card after it was printed. Throws if the bytes are no word of its maker. */
export function readNotice(text: string, notice: Uint8Array): Later {
  return JSON.parse(read_card_notice(text, notice)) as Later
}

/** Neither of the two does not mean that a card is current. */
export interface Later {
  stale_since: string | null
  withdrawn: boolean
}

function refusal(error: unknown): Failure {
  try {
    const { code, detail } = JSON.parse(error instanceof Error ? error.message : '') as { code: string; detail: string }
    return new Failure(code, detail)
  } catch {
    return new Failure('damaged', error instanceof Error ? error.message : '', { cause: error })
  }
}
