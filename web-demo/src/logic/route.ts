import type { Compartment, FactId, Hex } from './model.ts'

/** Number of a child on this device, as text. Never the record's id: addresses stay in the browser's history. */
export type ChildId = string

/** Every place of the app. All live in the fragment, which never leaves the device. */
export type Route =
  | { name: 'home' }
  | { name: 'start' }
  | { name: 'child'; child: ChildId }
  /** Just begun: what there is now. */
  | { name: 'begun'; child: ChildId }
  | { name: 'doctor'; child: ChildId }
  | { name: 'card'; child: ChildId }
  | { name: 'print'; child: ChildId }
  | { name: 'log'; child: ChildId }
  | { name: 'differences'; child: ChildId }
  | { name: 'people'; child: ChildId }
  | { name: 'apart'; child: ChildId }
  | { name: 'accesses'; child: ChildId }
  | { name: 'edit'; child: ChildId; fact: FactId }
  | { name: 'history'; child: ChildId; fact: FactId }
  | { name: 'add'; child: ChildId; compartment: Compartment; kind: string }
  // -- people: the list's further pages
  | { name: 'person' | 'eyes' | 'hand-over'; child: ChildId; person: Hex }
  | { name: 'consent'; child: ChildId; fact: FactId }
  | { name: 'grown'; child: ChildId }
  /** Somebody far away: the inviter's page, by the mailbox, and the guest's, by what the link carries. */
  | { name: 'far'; child: ChildId; mailbox: Hex }
  /** `null`: the link of an invitation, and part of it is missing. */
  | { name: 'join'; link: Hex | null }
  | { name: 'pair' }
  | { name: 'scan' }
  | { name: 'invite'; child: ChildId }
  | { name: 'glass'; child: ChildId }
  | { name: 'officer' }
  | { name: 'settings' }
  /** Words on paper: making them; typing them in; a phone that is lost; the app's own lock. */
  | { name: 'words' }
  | { name: 'recover' }
  | { name: 'lost' }
  | { name: 'lock' }
  | { name: 'demo' }
  | { name: 'gallery' }
  | { name: 'station-start' }
  | { name: 'station' }
  | { name: 'station-words' }
  | { name: 'apply' }
  | { name: 'unknown' }

const CHILD_PAGES = ['begun', 'doctor', 'card', 'print', 'log', 'differences', 'people', 'apart', 'accesses', 'invite', 'grown', 'glass'] as const
const PAGES = [
  'words', 'recover', 'lost', 'lock', 'start', 'pair', 'scan', 'settings', 'demo', 'gallery', 'station-start', 'station', 'station-words', 'apply', 'officer',
] as const

/** The place an address names. Whatever it does not understand is `unknown`, never another child's page. */
export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, '').split('/').filter((part) => part !== '')
  const [first, child, page, ...rest] = parts.map(decode)
  if (first === undefined) return { name: 'home' }
  if (first === 'join') return { name: 'join', link: linkIn(child) }
  if (first !== 'child') return parts.length === 1 ? simplePage(first) : { name: 'unknown' }
  if (child === undefined || !/^[1-9][0-9]{0,8}$/.test(child)) return { name: 'unknown' }
  return page === undefined ? { name: 'child', child } : childPage(child, page, rest)
}

function simplePage(page: string): Route {
  const name = PAGES.find((p) => p === page)
  return name === undefined ? { name: 'unknown' } : { name }
}

function childPage(child: ChildId, page: string, rest: string[]): Route {
  const [a, b] = rest
  if ((page === 'edit' || page === 'history' || page === 'consent') && a !== undefined && rest.length === 1) return { name: page, child, fact: a }
  if ((page === 'person' || page === 'eyes' || page === 'hand-over') && a !== undefined && rest.length === 1) {
    return isHash(a) ? { name: page, child, person: a } : { name: 'unknown' }
  }
  if (page === 'far') return rest.length === 1 && isHash(a) ? { name: 'far', child, mailbox: a } : { name: 'unknown' }
  if (page === 'add' && a !== undefined && b !== undefined && rest.length === 2 && isCompartment(a)) {
    return { name: 'add', child, compartment: a, kind: b }
  }
  const name = rest.length === 0 ? CHILD_PAGES.find((p) => p === page) : undefined
  return name === undefined ? { name: 'unknown' } : { name, child }
}

/** The address of a place: `parseRoute(formatRoute(r))` is `r`. */
export function formatRoute(route: Route): string {
  switch (route.name) {
    case 'home':
    case 'unknown':
      return '#/'
    case 'child':
      return `#/child/${route.child}`
    case 'edit':
    case 'history':
    case 'consent':
      return `#/child/${route.child}/${route.name}/${encodeURIComponent(route.fact)}`
    case 'person':
    case 'eyes':
    case 'hand-over':
      return `#/child/${route.child}/${route.name}/${route.person}`
    case 'far':
      return `#/child/${route.child}/far/${route.mailbox}`
    case 'join':
      return `#/join/${route.link ?? ''}`
    case 'add':
      return `#/child/${route.child}/add/${route.compartment}/${encodeURIComponent(route.kind)}`
    default:
      return 'child' in route ? `#/child/${route.child}/${route.name}` : `#/${route.name}`
  }
}

/** The child a place belongs to, if any. */
export function childOf(route: Route): ChildId | undefined {
  return 'child' in route ? route.child : undefined
}

/** What comes before and after a link in a message sticks to it easily: 「。」 for one. */
function linkIn(text = ''): Hex | null {
  return /^[0-9a-f]{64}(?![0-9a-f])/iu.exec(text)?.[0].toLowerCase() ?? null
}

function isHash(text: string | undefined): text is Hex {
  return text !== undefined && /^[0-9a-f]{64}$/u.test(text)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const COMPARTMENTS: readonly string[] = [
  'emergency', 'care', 'evacuation', 'history', 'life', 'restricted', 'people', 'log', 'consents',
] satisfies Compartment[]

function isCompartment(name: string): name is Compartment {
  return COMPARTMENTS.includes(name)
}
