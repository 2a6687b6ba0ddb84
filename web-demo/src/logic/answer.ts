/** What a phone without a network is given from the screen of the one that lets it in. */
import { decode, encode } from 'cborg'
import type { EntryKind } from './model.ts'

export interface Answer {
  /** The message of the pairing: into which record, proven. */
  reply: Uint8Array
  /** What the first screen needs. */
  entries: { kind: EntryKind; bytes: Uint8Array }[]
}

export function writeAnswer({ reply, entries }: Answer): Uint8Array {
  return encode([reply, entries.map(({ kind, bytes }) => [kind, bytes])])
}

/** `null`: something else. Who wrote the entries is for the core to say. */
export function readAnswer(bytes: Uint8Array): Answer | null {
  try {
    const [reply, entries] = decode(bytes) as unknown[]
    if (!(reply instanceof Uint8Array) || !Array.isArray(entries)) return null
    const read = entries.map(readEntry)
    return read.every((entry) => entry !== null) ? { reply, entries: read } : null
  } catch {
    return null
  }
}

function readEntry(entry: unknown): Answer['entries'][number] | null {
  const [kind, bytes] = Array.isArray(entry) ? (entry as unknown[]) : []
  const known = kind === 0 || kind === 1 || kind === 2 || kind === 3
  return known && bytes instanceof Uint8Array ? { kind, bytes } : null
}
