import { keep, type Kept } from './keep.ts'

declare const __KEEP_NOW__: Kept[]
declare const __KEEP_LATER__: string[]

keep({ now: __KEEP_NOW__, later: __KEEP_LATER__, page: '/c.html', except: [/^\/(?!c$)/] })
