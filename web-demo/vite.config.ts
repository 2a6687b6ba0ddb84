import { paraglideVitePlugin } from '@inlang/paraglide-js'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { messagesComplete } from './build/messages-complete.ts'
import { precompress } from './build/precompress.ts'
import { serviceWorkers } from './build/service-workers.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A test builds the app around a core that attacks itself; everybody else gets the real one. */
const otherCore = process.env['OMAMORI_CORE_FOR_TESTS']

export default defineConfig({
  resolve: { alias: otherCore === undefined ? [] : [{ find: /^.*\/generated\/vault\//, replacement: `${otherCore}/` }] },
  plugins: [
    messagesComplete(new URL('./project.inlang/', import.meta.url)),
    paraglideVitePlugin({
      project: here('./project.inlang'),
      outdir: here('./src/generated/messages'),
      strategy: ['globalVariable', 'baseLocale'],
    }),
    svelte(),
    serviceWorkers({
      public: ['icon.svg', 'icon-180.png', 'icon-192.png', 'manifest.webmanifest'],
      later: /scan\.worker|zxing_reader/,
    }),
    precompress(),
  ],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: here('./index.html'), c: here('./c.html') } },
  },
  // The relay of the demo; `npm run dev` alone serves the screens, and `/v1` comes from it.
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8443', ws: true } } },
})
