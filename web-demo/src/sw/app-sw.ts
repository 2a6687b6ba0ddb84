import { keep, type Kept } from './keep.ts'

declare const __KEEP_NOW__: Kept[]
declare const __KEEP_LATER__: string[]

// `/c` belongs to the viewer, `/v1` and `/demo` to the relay.
keep({ now: __KEEP_NOW__, later: __KEEP_LATER__, page: '/index.html', except: [/^\/c$/, /^\/v1\//, /^\/demo\//] })
