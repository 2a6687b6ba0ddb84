import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Plugin, type Rolldown } from 'vite'

type Bundle = Rolldown.OutputBundle

export interface ServiceWorkersOptions {
  /** Files of `public/` that the app needs to start. */
  public: string[]
  /** What is large and not needed to start. */
  later: RegExp
}

/**
 * Builds the two service workers, each with the exact list of files its page needs. The lists come from the module graph
 * and not from patterns, so that opening a card can never load the app.
 */
export function serviceWorkers(options: ServiceWorkersOptions): Plugin {
  let lists: Record<'app-sw' | 'viewer-sw', Lists> | undefined
  let outDir = 'dist'
  return {
    name: 'omamori:service-workers',
    apply: 'build',
    configResolved: (config) => void (outDir = resolve(config.root, config.build.outDir)),
    writeBundle: {
      order: 'post',
      sequential: true,
      handler(_, bundle) {
        const files = Object.keys(bundle).filter((file) => !file.endsWith('.map'))
        const later = files.filter((file) => options.later.test(file))
        const viewer = new Set([...reachable(bundle, 'c')].filter((file) => !later.includes(file)))
        const app = reachable(bundle, 'index')
        const viewerOnly = new Set([...viewer].filter((file) => !app.has(file)))
        const family = files.filter((file) => !later.includes(file) && !viewerOnly.has(file))
        const kept = (names: Iterable<string>) => [...new Set(names)].sort().map((name) => revised(outDir, name))
        lists = {
          'app-sw': { now: kept([...family, ...options.public]), later: later.map((f) => `/${f}`) },
          'viewer-sw': { now: kept([...viewer, 'icon.svg']), later: later.map((f) => `/${f}`) },
        }
      },
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        if (lists === undefined) return
        for (const [name, list] of Object.entries(lists)) await buildOne(name, list, outDir)
      },
    },
  }
}

interface Lists {
  now: { url: string; revision: string | null }[]
  later: string[]
}

/** The page, and every file it may ever load: what is first needed when somebody touches it must be there without a network too. */
function reachable(bundle: Bundle, entry: string): Set<string> {
  const start = Object.values(bundle).find((f) => f.type === 'chunk' && f.isEntry && f.name === entry)
  const found = new Set([`${entry}.html`])
  const visit = (file: string) => {
    const chunk = bundle[file]
    if (found.has(file) || chunk === undefined) return
    found.add(file)
    if (chunk.type !== 'chunk') return
    chunk.imports.forEach(visit)
    chunk.dynamicImports.forEach(visit)
    chunk.viteMetadata?.importedCss.forEach(visit)
    chunk.viteMetadata?.importedAssets.forEach(visit)
  }
  if (start !== undefined) visit(start.fileName)
  return found
}

/** Names made by the build hold their hash; the others are told apart by their content. */
function revised(outDir: string, name: string): { url: string; revision: string | null } {
  const revision = name.startsWith('assets/')
    ? null
    : createHash('sha256').update(readFileSync(join(outDir, name))).digest('hex').slice(0, 16)
  return { url: `/${name}`, revision }
}

async function buildOne(name: string, lists: Lists, outDir: string): Promise<void> {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: {
      __KEEP_NOW__: JSON.stringify(lists.now),
      __KEEP_LATER__: JSON.stringify(lists.later),
      'process.env.NODE_ENV': '"production"',
    },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: new URL(`../src/sw/${name}.ts`, import.meta.url).pathname, formats: ['iife'], name: 'keep', fileName: () => `${name}.js` },
    },
  })
}
