import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

/**
 * Fails the build when a language lacks a message, says one twice or fills other placeholders than the first language: Paraglide
 * itself falls back silently, and a parent would read the wrong language in an emergency. `project`: the folder of its settings.
 */
export function messagesComplete(project: URL): Plugin {
  return {
    name: 'omamori:messages-complete',
    buildStart() {
      const settings = read(new URL('settings.json', project)) as unknown as Settings
      const files = settings['plugin.inlang.messageFormat'].pathPattern
      const [base, ...others] = settings.locales.map((locale) => ({
        locale,
        messages: together(files.map((file) => new URL(`../${file.replace('{locale}', locale)}`, project))),
      }))
      if (base === undefined) return
      for (const other of others) {
        for (const problem of differences(base.messages, other.messages)) this.error(`messages, ${other.locale}: ${problem}`)
      }
    },
  }
}

interface Settings {
  locales: string[]
  'plugin.inlang.messageFormat': { pathPattern: string[] }
}

type Messages = Record<string, unknown>

/** Every message of a language, one file a topic. */
function together(files: URL[]): Messages {
  const all: Messages = {}
  for (const file of files) {
    for (const [key, message] of Object.entries(read(file))) {
      if (key === '$schema') continue
      if (key in all) throw new Error(`${fileURLToPath(file)}: "${key}" stands in another file too`)
      all[key] = message
    }
  }
  return all
}

function read(file: URL): Messages {
  return JSON.parse(readFileSync(file, 'utf8')) as Messages
}

function* differences(base: Messages, other: Messages): Generator<string> {
  for (const key of new Set([...Object.keys(base), ...Object.keys(other)])) {
    if (!(key in other)) yield `"${key}" is missing`
    else if (!(key in base)) yield `"${key}" exists here only`
    else if (placeholders(base[key]) !== placeholders(other[key])) yield `"${key}" fills other placeholders`
  }
}

function placeholders(message: unknown): string {
  const found = JSON.stringify(message).match(/\{\s*\w+\s*\}/g) ?? []
  return [...new Set(found.map((p) => p.replace(/\s/g, '')))].sort().join(' ')
}
