/** Inviting somebody far away, and being invited: a link, a telephone call, four words. */
import { now } from '../../io/clock.ts'
import { RelayProblem, type FarSlot } from '../../io/relay.ts'
import type { GrantTerms } from '../../logic/access.ts'
import { FAR_LIFE_MS, FAR_TRIES } from '../../logic/far.ts'
import type { Hex, Member, Rights, UnixMillis } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { Admitted } from '../actions.ts'
import { session } from '../boot.ts'
import { app } from '../state.svelte.ts'
import { deliver, joinRecord, notYet, orNothing, type Mail } from './people.svelte.ts'

export interface FarActions {
  /** What was agreed to is kept with a link to send. Resolves to its mailbox, by which it is found again. */
  inviteFar(child: ChildId, member: Member, rights: Rights, terms: GrantTerms): Promise<Hex>
  /** Invitations of a child that nobody took up yet, oldest first. */
  farInvitations(child: ChildId): Promise<FarInvitation[]>
  farInvitation(mailbox: Hex): Promise<FarInvitation | null>
  /** Resolves when somebody has answered. Rejects with `far-expired`, or with `far-broken` when the answer is none: both end it. */
  awaitGuest(mailbox: Hex, signal: AbortSignal): Promise<void>
  /**
   * Lets in whoever was heard saying these words, given as places in the list. Rejects with `words-differ` as long as it may be
   * tried again, then with `words-wrong`: nobody was let in, and the invitation is gone.
   */
  letInByWords(mailbox: Hex, places: number[]): Promise<LetIn>
  /** Of an invitation that somebody was let in by, for a day; `null`: none. */
  farDone(mailbox: Hex): Promise<FarDone | null>
  /** Stops it, and leaves word of that for whoever opens the link. */
  dropFar(mailbox: Hex): Promise<void>

  /** What this phone knows of a link that was opened. */
  linkState(link: Hex): Promise<LinkState>
  /** Links that were opened here, and whose record has not come. */
  linksBegun(): Promise<Hex[]>
  /** Answers a link, tells the words to say, and waits until this phone was let in. Goes on where it stood. */
  joinFar(link: Hex, tell: (words: string[], agreed: boolean) => void, signal: AbortSignal): Promise<ChildId>
  /** The inviter said that the words are right; or that they are not, and all of it is thrown away. */
  wordsAgreed(link: Hex, right: boolean): Promise<void>
}

export interface FarInvitation {
  mailbox: Hex
  link: Hex
  name: string
  expiresAt: UnixMillis
  /** Somebody opened the link. */
  answered: boolean
  triesLeft: number
}

export interface LetIn extends Pick<Admitted, 'delivered' | 'refused'> {
  /** Which of the devices in the list it is; empty if that was not found out. */
  device: Hex
}

export type FarDone = LetIn & { name: string }

/** `joined`: this phone is in already, with this child. `over`: it ended here, with the code of why. */
export type LinkState = 'new' | 'own' | 'begun' | { joined: ChildId } | { over: string }

export const farActions: FarActions = {
  inviteFar,
  farInvitations,
  farInvitation: async (mailbox) => {
    const made = await session().vault.box<Made>(madeBox(mailbox))
    return made === undefined ? null : toldOf(made)
  },
  awaitGuest,
  letInByWords,
  farDone,
  dropFar,
  linkState,
  linksBegun,
  joinFar,
  wordsAgreed,
}

const POLL_MS = 1500

/** On the inviter's phone. */
interface Made {
  child: number
  mailbox: Hex
  link: Hex
  /** What stands behind the link. */
  kept: Uint8Array
  member: Member
  rights: Rights
  terms: GrantTerms
  expiresAt: UnixMillis
  /** The first answer. No other is ever taken: whoever has seen what this phone shows next could make one that fits. */
  slot1: Uint8Array | null
  tries: number
}

/** On the guest's phone. */
interface Opened {
  link: Hex
  mailbox: Hex
  secret: Uint8Array
  slot1: Uint8Array
  slot2: Uint8Array | null
  agreed: boolean
  expiresAt: UnixMillis
}

/** On the inviter's phone, once somebody was let in. */
interface Done {
  name: string
  device: Hex
  expiresAt: UnixMillis
}

/** On either phone, of a link that is good for nothing any more: whoever taps it in their messages again is told so. */
interface Over {
  code: string
  expiresAt: UnixMillis
}

/** What the core says of a message that is not what it has to be. Anything else says nothing about who sent it. */
const NOT_THEIRS = ['not-of-the-link', 'malformed', 'newer', 'not-an-invitation']
/** Left where an answer would lie: the inviter called it off. */
const CALLED_OFF = new Uint8Array()
/** Messages are scrolled back to for so long. Nothing but the code is kept. */
const OVER_KEPT_MS = 90 * 24 * 60 * 60_000

const madeBox = (mailbox: Hex): string => `far-made/${mailbox}`
const doneBox = (mailbox: Hex): string => `far-done/${mailbox}`
const openedBox = (mailbox: Hex): string => `far-opened/${mailbox}`
/** Holds the child. */
const joinedBox = (mailbox: Hex): string => `far-joined/${mailbox}`
const overBox = (mailbox: Hex): string => `far-over/${mailbox}`

function overNow(mailbox: Hex, code: string): [string, Over] {
  return [overBox(mailbox), { code, expiresAt: now() + OVER_KEPT_MS }]
}

// ---- the inviter

async function inviteFar(child: ChildId, member: Member, rights: Rights, terms: GrantTerms): Promise<Hex> {
  const own = session()
  const summary = app.children.find((c) => c.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const { kept, link, mailbox } = await own.records.ask({ do: 'far-begin', record: summary.record })
  const made: Made = { child: Number(child), mailbox, link, kept, member, rights, terms, expiresAt: now() + FAR_LIFE_MS, slot1: null, tries: 0 }
  await own.write({ put: [[madeBox(mailbox), made]] })
  return mailbox
}

async function farInvitations(child: ChildId): Promise<FarInvitation[]> {
  const all = [...(await session().vault.boxes<Made>('far-made/')).values()]
  const left = all.filter((made) => made.child === Number(child) && made.expiresAt > now())
  return left.sort((a, b) => a.expiresAt - b.expiresAt).map(toldOf)
}

function toldOf({ mailbox, link, member, expiresAt, slot1, tries }: Made): FarInvitation {
  return { mailbox, link, name: member.name, expiresAt, answered: slot1 !== null, triesLeft: FAR_TRIES - tries }
}

async function awaitGuest(mailbox: Hex, signal: AbortSignal): Promise<void> {
  const own = session()
  for (;;) {
    signal.throwIfAborted()
    const made = await own.vault.box<Made>(madeBox(mailbox))
    if (made === undefined) return await gone(mailbox)
    if (made.expiresAt <= now()) return await over(mailbox, 'far-expired')
    const slot1 = made.slot1 ?? (await own.relay.getFar(mailbox, 1, signal).catch(orNothing))
    if (slot1 !== null && made.slot1 === null) await take(made, slot1)
    if (slot1 !== null && (await show(made, slot1))) return
    await pause()
  }
}

/** One answer after the other is taken, also when a page waits twice. */
let taking: Promise<void> = Promise.resolve()

/** On the disk before anything is shown in return. The first one stays, whatever was read since. */
function take(made: Made, slot1: Uint8Array): Promise<void> {
  const taken = taking.then(() => takeFirst(made, slot1))
  taking = taken.catch(() => undefined)
  return taken
}

async function takeFirst({ mailbox, kept }: Made, slot1: Uint8Array): Promise<void> {
  const own = session()
  await own.records.ask({ do: 'far-meet', kept, slot1 }).catch((error: unknown) => forged(error, () => over(mailbox, 'far-broken')))
  const made = await own.vault.box<Made>(madeBox(mailbox))
  if (made === undefined) return await gone(mailbox)
  if (made.slot1 === null) await own.write({ put: [[madeBox(mailbox), { ...made, slot1 }]] })
}

/** A full disk or a worker that was killed must not end an invitation. */
function forged(error: unknown, end: () => Promise<never>): Promise<never> {
  if (error instanceof Failure && NOT_THEIRS.includes(error.code)) return end()
  throw error
}

/** `false`: there was no network. Left again after a relay's restart, too. */
async function show({ mailbox, kept }: Made, slot1: Uint8Array): Promise<boolean> {
  const left = await leave(mailbox, 2, await session().records.ask({ do: 'far-shown', kept, slot1 }))
  return left === 'taken' ? await over(mailbox, 'far-broken') : left === 'left'
}

async function over(mailbox: Hex, code: string): Promise<never> {
  await session().write({ put: [overNow(mailbox, code)], remove: [madeBox(mailbox)] })
  throw new Failure(code)
}

async function letInByWords(mailbox: Hex, places: number[]): Promise<LetIn> {
  const own = session()
  const made = await own.vault.box<Made>(madeBox(mailbox))
  if (made === undefined) return await gone(mailbox)
  if (made.slot1 === null || made.expiresAt <= now()) return await over(mailbox, 'far-expired')
  const { kept, slot1 } = made
  const agreed = await own.records.ask({ do: 'far-compare', kept, slot1, places }).catch((error: unknown) => missed(made, error))
  const { publicKeys, slot3 } = agreed
  const mail: Mail = { child: made.child, mailbox, reply: slot3, far: true, until: now() + FAR_LIFE_MS }
  const before = await devicesOf(made.child)
  const { member, rights, terms } = made
  const grant = { do: 'grant-on', child: made.child, publicKeys, member, rights, terms, now: now() } as const
  const done: Done = { name: member.name, device: '', expiresAt: mail.until ?? 0 }
  const put: [string, unknown][] = [[`mail/${mailbox}`, mail], [doneBox(mailbox), done]]
  const reading = await own.records.change(grant, own.moment(), { put, remove: [madeBox(mailbox)] })
  await own.show(made.child, reading)
  const device = (await devicesOf(made.child)).find((one) => !before.includes(one)) ?? ''
  await own.write({ put: [[doneBox(mailbox), { ...done, device }]] })
  const delivered = await deliver(mail).then(() => true, notYet)
  return { delivered: delivered === true, refused: delivered === 'refused', device }
}

/** Only to point at whoever was let in: it must keep nobody out. */
async function devicesOf(child: number): Promise<Hex[]> {
  const own = session()
  const readers = await own.records.ask({ do: 'access-list', child, today: own.moment().today }).catch(() => [])
  return readers.flatMap(({ devices }) => devices.map(({ device }) => device))
}

async function farDone(mailbox: Hex): Promise<FarDone | null> {
  const { vault } = session()
  const done = await vault.box<Done>(doneBox(mailbox))
  if (done === undefined || done.expiresAt <= now()) return null
  const mail = await vault.box<Mail>(`mail/${mailbox}`)
  return { name: done.name, device: done.device, delivered: mail === undefined || mail.sent === true, refused: false }
}

async function dropFar(mailbox: Hex): Promise<void> {
  const own = session()
  await own.write({ put: [overNow(mailbox, 'far-gone')], remove: [madeBox(mailbox)] })
  // Where this phone has shown something already, the guest looks into the next slot. Without a network nobody is told.
  const left = await leave(mailbox, 2, CALLED_OFF).catch(() => 'not-yet')
  if (left === 'taken') await leave(mailbox, 3, CALLED_OFF).catch(() => undefined)
}

/** What becomes of the boxes whose time is over: they are forgotten, with their keys, and the link says why it leads nowhere. */
const AFTER = [['far-made/', 'far-expired'], ['far-opened/', 'far-late'], ['far-done/', 'far-gone'], ['far-over/', null]] as const

export async function sweepFar(): Promise<void> {
  const own = session()
  for (const [start, code] of AFTER) {
    const ended = [...(await own.vault.boxes<{ expiresAt: UnixMillis }>(start))].filter(([, { expiresAt }]) => expiresAt <= now())
    const names = ended.map(([name]) => name)
    const put = code === null ? [] : names.map((name) => overNow(name.slice(start.length), code))
    if (names.length > 0) await own.write({ put, remove: names })
  }
}

async function missed(made: Made, error: unknown): Promise<never> {
  if (!(error instanceof Failure) || error.code !== 'words-differ') throw error
  const tries = made.tries + 1
  if (tries >= FAR_TRIES) return await over(made.mailbox, 'words-wrong')
  await session().write({ put: [[madeBox(made.mailbox), { ...made, tries }]] })
  throw error
}

// ---- the guest

async function linkState(link: Hex): Promise<LinkState> {
  const { vault, records } = session()
  const { mailbox } = await records.ask({ do: 'far-place', link })
  if ((await vault.box(madeBox(mailbox))) !== undefined || (await vault.box(doneBox(mailbox))) !== undefined) return 'own'
  const joined = await vault.box<ChildId>(joinedBox(mailbox))
  if (app.children.some(({ id }) => id === joined)) return { joined: joined ?? '' }
  if ((await vault.box(openedBox(mailbox))) !== undefined) return 'begun'
  const over = await vault.box<Over>(overBox(mailbox))
  return over === undefined ? 'new' : { over: over.code }
}

async function linksBegun(): Promise<Hex[]> {
  const all = [...(await session().vault.boxes<Opened>('far-opened/')).values()]
  return all.filter((opened) => opened.expiresAt > now()).map(({ link }) => link)
}

async function joinFar(link: Hex, tell: (words: string[], agreed: boolean) => void, signal: AbortSignal): Promise<ChildId> {
  const own = session()
  const { mailbox } = await own.records.ask({ do: 'far-place', link })
  let opened = (await own.vault.box<Opened>(openedBox(mailbox))) ?? (await begin(link, mailbox))
  let left = false
  let words: string[] | null = null
  for (;;) {
    signal.throwIfAborted()
    if (opened.expiresAt <= now()) return await away(mailbox, 'far-late')
    left ||= await answer(opened)
    if (left && opened.slot2 === null) await readShown(opened, signal)
    if (opened.slot2 !== null) tell((words ??= await wordsOf(opened, opened.slot2)), opened.agreed)
    const slot3 = opened.slot2 !== null && opened.agreed ? await own.relay.getFar(mailbox, 3, signal).catch(orNothing) : null
    if (slot3 !== null && opened.slot2 !== null) return await enter(opened, opened.slot2, slot3)
    await pause()
    const kept = await own.vault.box<Opened>(openedBox(mailbox))
    if (kept === undefined) return await gone(mailbox, 'far-stopped')
    opened = kept
  }
}

/** Keys are on the disk before anybody hears of them: a right given to keys that were lost would be lost too. */
async function begin(link: Hex, mailbox: Hex): Promise<Opened> {
  const own = session()
  const secret = await own.records.ask({ do: 'generate-keys' })
  const slot1 = await own.records.ask({ do: 'far-reply', link, secret })
  const opened: Opened = { link, mailbox, secret, slot1, slot2: null, agreed: false, expiresAt: now() + FAR_LIFE_MS }
  await own.write({ put: [[openedBox(mailbox), opened]] })
  return opened
}

async function answer({ mailbox, slot1 }: Opened): Promise<boolean> {
  const left = await leave(mailbox, 1, slot1)
  return left === 'taken' ? await away(mailbox, 'far-taken') : left === 'left'
}

async function readShown(opened: Opened, signal: AbortSignal): Promise<void> {
  const { mailbox, link, slot1 } = opened
  const own = session()
  const slot2 = await own.relay.getFar(mailbox, 2, signal).catch(orNothing)
  if (slot2 === null) return
  if (slot2.length === 0) return await away(mailbox, 'far-called-off')
  await own.records.ask({ do: 'far-words', link, slot1, slot2 }).catch((error: unknown) => forged(error, () => away(mailbox, 'far-broken')))
  // Stopped in the meantime.
  if ((await own.vault.box(openedBox(mailbox))) === undefined) return await gone(mailbox, 'far-stopped')
  opened.slot2 = slot2
  await own.write({ put: [[openedBox(mailbox), opened]] })
}

async function wordsOf({ link, slot1 }: Opened, slot2: Uint8Array): Promise<string[]> {
  const { records } = session()
  const places = await records.ask({ do: 'far-words', link, slot1, slot2 })
  const list = await records.ask({ do: 'kit-list' })
  return places.map((place) => list[place] ?? '')
}

async function enter({ mailbox, link, secret }: Opened, slot2: Uint8Array, slot3: Uint8Array): Promise<ChildId> {
  const own = session()
  if (slot3.length === 0) return await away(mailbox, 'far-called-off')
  const record = await own.records
    .ask({ do: 'far-record', link, slot2, slot3 })
    .catch((error: unknown) => forged(error, () => away(mailbox, 'far-broken')))
  const child = await joinRecord(record, secret, openedBox(mailbox))
  // The same message is tapped again to open the app.
  await own.write({ put: [[joinedBox(mailbox), child]] })
  return child
}

async function wordsAgreed(link: Hex, right: boolean): Promise<void> {
  const own = session()
  const { mailbox } = await own.records.ask({ do: 'far-place', link })
  const opened = await own.vault.box<Opened>(openedBox(mailbox))
  if (opened === undefined) return await gone(mailbox, 'far-stopped')
  if (right) await own.write({ put: [[openedBox(mailbox), { ...opened, agreed: true }]] })
  else await own.write({ put: [overNow(mailbox, 'far-stopped')], remove: [openedBox(mailbox)] })
}

async function away(mailbox: Hex, code: string): Promise<never> {
  await session().write({ put: [overNow(mailbox, code)], remove: [openedBox(mailbox)] })
  throw new Failure(code)
}

// ---- both

/** Its box is not there any more: why it ended, where that is known. Another tab, or the sweeping at the start, may have been faster. */
async function gone(mailbox: Hex, unknown = 'far-gone'): Promise<never> {
  throw new Failure((await session().vault.box<Over>(overBox(mailbox)))?.code ?? unknown)
}

/** `taken`: somebody else was there before. */
async function leave(mailbox: Hex, slot: FarSlot, message: Uint8Array): Promise<'left' | 'taken' | 'not-yet'> {
  try {
    await session().relay.putFar(mailbox, slot, message)
    return 'left'
  } catch (error) {
    if (error instanceof RelayProblem && error.detail === 'already-there') return 'taken'
    orNothing(error)
    return 'not-yet'
  }
}

function pause(): Promise<void> {
  return new Promise((next) => setTimeout(next, POLL_MS))
}
