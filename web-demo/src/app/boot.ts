import { watchAway } from '../io/away.ts'
import { everyMinute, now } from '../io/clock.ts'
import { watchInstall } from '../io/install.ts'
import { awaitWriterLock, stealWriterLock, tryWriterLock, type WriterLock } from '../io/locks.ts'
import { watchNetwork } from '../io/network.ts'
import { readStorage } from '../io/storage.ts'
import { Tabs } from '../io/tabs.ts'
import { cacheLater, registerApp, registerViewer } from '../io/updates.ts'
import { Vault } from '../io/vault.ts'
import { asFailure, Failure } from '../logic/result.ts'
import { childOf, type Route } from '../logic/route.ts'
import { sweepFar } from './act/far.svelte.ts'
import { deliverMail } from './act/people.svelte.ts'
import { retireOldPapers } from './act/recovery.svelte.ts'
import { here, startRouter } from './router.svelte.ts'
import { Session, type Person } from './session.ts'
import { app } from './state.svelte.ts'

let current: Session | null = null

/** The session of this tab. Rejects what is asked before the vault is open, or where there is none. */
export function session(): Session {
  if (current === null) throw new Failure('storage-failed', 'the vault is not open')
  return current
}

/** Opens the vault, shows what is in it, and then becomes the tab that writes, or waits for that. */
export async function boot(): Promise<void> {
  startRouter(allowed)
  everyMinute(() => (app.now = now()))
  watchInstall((possible) => (app.canInstall = possible))
  watchNetwork((online) => {
    app.online = online
    if (!online) return
    current?.wakeAll()
    if (lock !== null) void deliverMail().catch(() => undefined)
  })
  try {
    requireAbilities()
    const tabs = new Tabs()
    const vault = await Vault.open(() => location.reload())
    current = new Session(vault, tabs)
    watchAway(() => (app.lock === null ? null : app.lock.minutes * 60_000), () => void shutDown())
    await takeRole(current)
  } catch (error) {
    app.phase = { kind: 'unusable', failure: asFailure(error) }
    return
  }
  app.storage = await readStorage()
  // Only a tab in which nothing can be typed is ever reloaded unasked.
  const mayReload = () => app.phase.kind === 'reading-only'
  await registerApp(() => (app.updateReady = true), mayReload).catch(() => undefined)
  await cacheLater('/')
  // A family's phone opens other families' cards too, without a network.
  await registerViewer().catch(() => undefined)
}

/** Places that stand while the app is locked: what is shown to anybody, and an invitation, which is gone on with once it is open. */
const BEHIND_LOCK: readonly Route['name'][] = ['card', 'doctor', 'join']

/** While the phone is handed over, every address leads to the one first screen. */
function allowed(wanted: Route): Route {
  if (app.phase.kind === 'locked') return BEHIND_LOCK.includes(wanted.name) ? wanted : { name: 'home' }
  if (app.phase.kind !== 'handed-over') return wanted
  return { name: 'doctor', child: app.phase.child }
}

function requireAbilities(): void {
  if (app.environment.inApp !== null) throw new Failure('in-app-browser', app.environment.inApp)
  const able = 'indexedDB' in window && 'locks' in navigator && 'subtle' in crypto && 'BroadcastChannel' in window
  if (!able) throw new Failure('browser-too-old')
}

// ---- which tab writes

let lock: WriterLock | null = null
let waiting = new AbortController()

async function takeRole(session: Session): Promise<void> {
  session.tabs.listen((message) => {
    if (message.kind === 'give-way') giveWay(session)
    else if (lock === null) void reload(session)
  })
  const granted = await tryWriterLock()
  // Read while becoming the writer: nobody else can have been writing since.
  const loaded = session.load()
  if (granted !== null) {
    await write(session, granted, () => loaded)
    return
  }
  await loaded
  read(session)
}

async function write(session: Session, granted: WriterLock, load: () => Promise<void>): Promise<void> {
  lock = granted
  void granted.lost.then(() => {
    if (lock === granted) stopWriting(session)
  })
  try {
    await session.beginWriting()
  } catch (error) {
    await load()
    cannotWrite(session, granted, asFailure(error))
    return
  }
  await load()
  settlePhase(session)
  await reopen()
  if (!session.vault.isShut) void startSyncs(session)
}

/** The lock was opened, or there is none any more: everything is read that was behind it. */
export async function openUp(): Promise<void> {
  const own = session()
  await own.openRecords()
  await own.load()
  settlePhase(own)
  void startSyncs(own)
}

/** Shuts the app's own lock. What was asked for before is finished first. */
export async function shutDown(): Promise<void> {
  const own = session()
  if (!own.vault.hasLock || own.vault.isShut) return
  // On the screen at once; a disk that hangs must not keep it open.
  if (app.phase.kind !== 'handed-over') app.phase = { kind: 'locked' }
  await Promise.race([own.isOpen ? own.records.settled() : undefined, new Promise((next) => setTimeout(next, 3000))])
  own.closeRecords()
  own.vault.shut()
  closeOpen()
  await own.load()
  settlePhase(own)
}

/** Forgets what was read out of the record. A phone that is handed over goes on showing its one screen. */
function closeOpen(): void {
  app.open = app.phase.kind === 'handed-over' && app.open !== null ? { ...app.open, view: null, differences: [], glass: null } : null
}

export function isWriter(): boolean {
  return lock !== null
}

/** Not even a number can be stored. What is kept stays readable: a full phone must not close the family's own emergency screen. */
function cannotWrite(session: Session, granted: WriterLock, failure: Failure): void {
  if (failure.code !== 'storage-full') throw failure
  lock = null
  granted.release()
  app.failure = failure
  settlePhase(session)
}

/** How long the core is left asleep after the first page, unless somebody asks it for something. */
const ASLEEP_MS = 1500

/**
 * One child after the other, the open one first: a phone has few cores. First screens come from the cache, so whoever opens
 * the app in an emergency shares none of them with the core.
 */
async function startSyncs(session: Session): Promise<void> {
  await new Promise((next) => setTimeout(next, ASLEEP_MS))
  const open = childOf(here())
  const ids = app.children.filter((child) => !child.onlyScreen).map((child) => child.id).sort((a, b) => Number(b === open) - Number(a === open))
  for (const id of ids) {
    await idle()
    if (lock === null || session.vault.isShut) return
    await session.startSync(Number(id)).catch((error: unknown) => (app.failure = asFailure(error)))
  }
  await deliverMail().catch(() => undefined)
  await sweepFar().catch(() => undefined)
  await retireOldPapers().catch(() => undefined)
}

/** Until the page has nothing better to do, at most two seconds. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no such callback.
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 2000 })
    else setTimeout(resolve, 300)
  })
}

function read(session: Session): void {
  settlePhase(session)
  waiting = new AbortController()
  awaitWriterLock(waiting.signal).then(
    // What the other tab wrote last must be read before anything is built on it.
    (granted) => write(session, granted, () => session.load()),
    () => undefined,
  )
}

function giveWay(session: Session): void {
  const held = lock
  if (held === null) return
  stopWriting(session)
  held.release()
}

function stopWriting(session: Session): void {
  lock = null
  session.endWriting()
  if (session.vault.isShut) closeOpen()
  read(session)
}

/** This tab becomes the one that writes. A tab that does not answer within three seconds is overruled. */
export async function takeOver(): Promise<void> {
  const own = session()
  own.tabs.tell({ kind: 'give-way' })
  const until = now() + 3000
  while (lock === null && now() < until) await new Promise((next) => setTimeout(next, 50))
  if (lock !== null) return
  waiting.abort()
  await write(own, await stealWriterLock(), () => own.load())
}

async function reload(session: Session): Promise<void> {
  await session.load()
  settlePhase(session)
  await reopen()
}

/** The open child, as the vault has it now. */
async function reopen(): Promise<void> {
  const child = app.open?.id
  if (child !== undefined) await showCached(child)
}

export function settlePhase(session: Session): void {
  const { handedOver, forgotten } = session.settings
  if (handedOver !== null) app.phase = { kind: 'handed-over', child: String(handedOver), forgotten }
  else if (session.vault.isShut) app.phase = { kind: 'locked' }
  else if (app.station !== null && session.person === null) app.phase = { kind: 'who' }
  else app.phase = { kind: lock === null ? 'reading-only' : 'ready' }
  dispatchEvent(new HashChangeEvent('hashchange'))
}

/** One after the other: whoever comes waits until whoever went is gone. */
let changing: Promise<void> = Promise.resolve()

/** On a shared tablet somebody came, or went. */
export function changePerson(person: Person | null): Promise<void> {
  // From the screen at once; the rest may have to wait for an answer of the relay.
  if (person === null && app.phase.kind === 'ready') app.phase = { kind: 'who' }
  const change = changing.then(() => become(person))
  changing = change.catch(() => undefined)
  return change
}

/** Resolves when nobody is on the way in or out. */
export const settled = (): Promise<void> => changing

async function become(person: Person | null): Promise<void> {
  const own = session()
  await own.become(person)
  settlePhase(own)
  if (person !== null) void startSyncs(own)
}

/** After the handed-over screen: back to where this device is used. A shared tablet was in a stranger's hands: it asks anew. */
export async function takenBack(leave: () => void): Promise<void> {
  if (app.station === null) settlePhase(session())
  else await changePerson(null)
  // In the same breath: a phone that is its owner's again, still at the address of the one screen, would hand itself over anew.
  leave()
}

/** Opens a child with what was cached when it was last read: there at once, with the core still asleep. */
export async function showCached(child: string): Promise<void> {
  const own = session()
  const summary = app.children.find((c) => c.id === child)
  const kept = own.remembered(Number(child)) ?? (await own.remember(Number(child)))
  if (summary === undefined || kept === undefined) throw new Failure('child-unknown')
  const { cached, made } = kept
  const view = app.open?.id === child ? app.open.view : null
  app.open = {
    id: child,
    record: summary.record,
    device: cached.device,
    first: cached.first,
    view,
    differences: app.open?.id === child ? app.open.differences : [],
    made,
    rights: cached.rights,
    glass: app.open?.id === child ? app.open.glass : null,
  }
}
