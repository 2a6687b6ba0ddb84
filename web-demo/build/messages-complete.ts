import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/**
 * Fails the build when a language lacks a message or fills other placeholders than the first language: Paraglide itself
 * falls back silently, and a parent would read the wrong language in an emergency.
 */
export function messagesComplete(files: Record<string, string>): Plugin {
  return {
    name: 'omamori:messages-complete',
    buildStart() {
      const [base, ...others] = Object.entries(files).map(([locale, file]) => ({ locale, messages: read(file) }))
      if (base === undefined) return
      for (const other of others) {
        for (const problem of differences(base.messages, other.messages)) this.error(`messages/${other.locale}: ${problem}`)
      }
    },
  }
}

type Messages = Record<string, unknown>

function read(file: string): Messages {
  return JSON.parse(readFileSync(file, 'utf8')) as Messages
}

function* differences(base: Messages, other: Messages): Generator<string> {
  for (const key of new Set([...Object.keys(base), ...Object.keys(other)])) {
    if (key === '$schema') continue
    if (!(key in other)) yield `"${key}" is missing`
    else if (!(key in base)) yield `"${key}" exists here only`
    else if (placeholders(base[key]) !== placeholders(other[key])) yield `"${key}" fills other placeholders`
  }
}

function placeholders(message: unknown): string {
  const found = JSON.stringify(message).match(/\{\s*\w+\s*\}/g) ?? []
  return [...new Set(found.map((p) => p.replace(/\s/g, '')))].sort().join(' ')
}
