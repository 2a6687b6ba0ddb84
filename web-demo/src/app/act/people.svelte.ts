import { now } from '../../io/clock.ts'
import { RelayProblem } from '../../io/relay.ts'
import { Failure } from '../../logic/result.ts'
import type { UnixMillis } from '../../logic/model.ts'
import type { ChildId } from '../../logic/route.ts'
import { readAnswer, writeAnswer, type Answer } from '../../logic/answer.ts'
import { ANSWER, framesOf, KEYS } from '../../logic/frames.ts'
import type { Actions, Admitted, CodeOver, PairingCode, PairingRequest } from '../actions.ts'
import { session } from '../boot.ts'
import type { ChangeRequest } from '../records.ts'
import { app } from '../state.svelte.ts'
import { inOrder } from './in-order.ts'

type PeopleActions = Pick<Actions, 'join' | 'joinFrames' | 'joinByAnswer' | 'readPairing' | 'readPairingFrames' | 'answerTo' | 'addOwnDevice' | 'grant' | 'loadDemo'>

export const peopleActions: PeopleActions = {
  join,
  joinFrames,
  joinByAnswer,
  readPairing,
  readPairingFrames,
  answerTo,
  addOwnDevice: (child, request, name) =>
    admit(child, request, { do: 'add-device', child: Number(child), publicKeys: request.publicKeys, name, now: now() }),
  grant: (child, request, member, rights) =>
    admit(child, request, { do: 'grant', child: Number(child), publicKeys: request.publicKeys, member, rights, now: now() }),
  loadDemo,
}

/** How long the relay keeps a pairing message, and so how long a code is good for. */
const CODE_LIFE_MS = 15 * 60_000
const POLL_MS = 1500
const PENDING = 'pairing'

/** An invitation under way, kept so that a killed tab takes it up again. */
interface Pending {
  secret: Uint8Array
  qr: string
  mailbox: string
  expiresAt: number
  publicKeys: Uint8Array
}

async function join(show: (code: PairingCode) => void, signal: AbortSignal, over?: CodeOver): Promise<ChildId> {
  const own = session()
  const pending = await current(over)
  show({
    qr: pending.qr,
    modules: await own.records.ask({ do: 'qr', text: pending.qr }),
    expiresAt: pending.expiresAt,
  })
  return await joinAnswered(pending, await awaitAnswer(pending, signal))
}

function joinAnswered(pending: Pending, reply: Uint8Array, entries: Answer['entries'] = []): Promise<ChildId> {
  return inOrder(async () => {
    const record = await session().records.ask({ do: 'pairing-read-reply', qr: pending.qr, bytes: reply })
    if ((await kept())?.qr === pending.qr) return await joinRecord(record, pending.secret, PENDING, entries)
    // Heard twice, taken in once; and a code that was given up takes nobody in.
    const known = app.children.find((child) => child.record === record)
    if (known === undefined) throw new Failure('pairing-expired')
    return known.id
  })
}

/** These keys were let into a record. `box`: what the vault kept of the invitation until now; `entries`: what came with the answer. */
export async function joinRecord(record: string, secret: Uint8Array, box: string, entries: Answer['entries'] = []): Promise<ChildId> {
  const own = session()
  const known = app.children.find((child) => child.record === record)
  if (known === undefined || known.onlyScreen) return await takeIn({ record, secret, box, entries }, known?.id)
  if ((await standing(known.id)) === 'in') await own.write({ remove: [box] })
  else await takeInAgain(known.id, { record, secret, box, entries })
  return known.id
}

/** The relay's words for a device that is not in the record any more, or never was. */
const NOT_IN_IT = ['removed', 'forbidden']

/** Do the keys that this device has of a child still count? The relay's word, not what was last heard. */
export async function standing(child: ChildId): Promise<'in' | 'out' | 'unknown'> {
  const own = session()
  const number = Number(child)
  try {
    await (await own.startSync(number)).flush()
    return 'in'
  } catch (error) {
    if (error instanceof RelayProblem) return NOT_IN_IT.includes(error.detail) ? 'out' : 'unknown'
    // The relay answered, and did not want something that was written here.
    return error instanceof Failure && error.code === 'relay-refused' ? 'in' : 'unknown'
  }
}

/** Whoever was removed and is invited again goes on with the new keys: the old ones never count again. */
async function takeInAgain(child: ChildId, { record, secret, box, entries }: Joining): Promise<void> {
  const own = session()
  const number = Number(child)
  own.stopSync(number)
  await own.records.adopt({ number, record, secret }, { remove: [box] })
  await bring(number, entries)
  await follow(number)
}

/** Of an older version there may be one without the public keys. */
async function kept(): Promise<Pending | null> {
  const pending = await session().vault.box<Pending>(PENDING)
  return pending !== undefined && 'publicKeys' in pending ? pending : null
}

/**
 * What is shown: the code under way. After its time its keys stay until an answer came for them, or whoever is there says that none
 * will: the answer may be on the other screen right now.
 */
async function current(over?: CodeOver): Promise<Pending> {
  const pending = over === 'new' ? null : await kept()
  if (pending === null) return await begin()
  if (pending.expiresAt - now() > 60_000) return pending
  if (over === undefined) throw new Failure('pairing-expired')
  const again = { ...pending, expiresAt: now() + CODE_LIFE_MS }
  await session().write({ put: [[PENDING, again]] })
  return again
}

/** Keys are on the disk before the code is shown: a right given to keys that were lost would be lost too. */
async function begin(): Promise<Pending> {
  const own = session()
  const secret = await own.records.ask({ do: 'generate-keys' })
  const { qr, mailbox, publicKeys } = await own.records.ask({ do: 'pairing-offer', secret })
  const pending = { secret, qr, mailbox, publicKeys, expiresAt: now() + CODE_LIFE_MS }
  await own.write({ put: [[PENDING, pending]] })
  return pending
}

/** The codes for a phone that has no network either: the pairing code, and the keys behind it. */
async function joinFrames(): Promise<boolean[][][]> {
  const pending = await kept()
  if (pending === null) throw new Failure('not-begun')
  return await codesFor([pending.qr, ...(framesOf(KEYS, pending.publicKeys) ?? [])])
}

/** The answer read from the other phone's screen, with what the first screen needs; the rest comes when there is a network. */
async function joinByAnswer(bytes: Uint8Array): Promise<ChildId> {
  const answer = readAnswer(bytes)
  if (answer === null) throw new Failure('not-an-answer')
  // What is being filmed was given in time, however long the filming takes. What is just being taken in is waited for.
  const pending = (await kept()) ?? (await inOrder(kept))
  if (pending === null) throw new Failure('pairing-expired')
  return await joinAnswered(pending, answer.reply, answer.entries)
}

async function awaitAnswer(pending: Pending, signal: AbortSignal): Promise<Uint8Array> {
  const { relay } = session()
  let left = false
  while (now() < pending.expiresAt) {
    signal.throwIfAborted()
    // Without a network the code can be shown all the same: the other phone reads the keys from the screen.
    left ||= (await relay.putMail(pending.mailbox, 1, pending.publicKeys).then(() => true, orNothing)) ?? false
    const answer = left ? await relay.getMail(pending.mailbox, 2, signal).catch(orNothing) : null
    if (answer !== null) return answer
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
  throw new Failure('pairing-expired')
}

/** A network that comes and goes must not end the pairing. */
export function orNothing(error: unknown): null {
  if (error instanceof Failure && (error.code === 'offline' || error.code === 'relay-failed')) return null
  throw error
}

/** `place`: where only a first screen was left of the child. Its photo and its cards stay with it. */
async function takeIn({ record, secret, box, entries }: Joining, place?: ChildId): Promise<ChildId> {
  const own = session()
  const number = place === undefined ? own.settings.nextChild : Number(place)
  const after = { nextChild: Math.max(own.settings.nextChild, number + 1) }
  await own.records.join({ number, record, secret }, { put: [own.settingsBox(after)], remove: [box] })
  own.adoptSettings(after)
  await bring(number, entries)
  await follow(number)
  return String(number)
}

interface Joining {
  record: string
  secret: Uint8Array
  box: string
  entries: Answer['entries']
}

/** What came from the other phone's screen. Should the record not take it, it comes again with the network. */
export async function bring(number: number, entries: Answer['entries']): Promise<void> {
  const own = session()
  if (entries.length > 0) await own.records.receive(number, entries, { cursor: 0, scope: '' }, own.moment()).catch(() => undefined)
}

async function follow(number: number): Promise<void> {
  const sync = await session().startSync(number)
  // The keys are safe; the record itself may come later if the network goes away right now.
  await sync.flush().catch(() => undefined)
}

async function readPairing(qr: string): Promise<PairingRequest> {
  const own = session()
  const mailbox = await own.records.ask({ do: 'pairing-mailbox', qr })
  const publicKeys = await own.relay.getMail(mailbox, 1, AbortSignal.timeout(20_000))
  if (publicKeys === null) throw new Failure('pairing-expired', 'the other phone has left no keys')
  await own.records.ask({ do: 'pairing-accept', qr, publicKeys })
  return { qr, publicKeys }
}

async function readPairingFrames(qr: string, publicKeys: Uint8Array): Promise<PairingRequest> {
  await session().records.ask({ do: 'pairing-accept', qr, publicKeys })
  return { qr, publicKeys }
}

/** An answer that has not left yet. In the vault as `mail/MAILBOX`. */
export interface Mail {
  child: number
  mailbox: string
  reply: Uint8Array
  /** Of an invitation at a distance. */
  far?: true
  /** Left again until then: the relay holds such an answer in memory only. */
  until?: UnixMillis
  /** The relay has had it once. */
  sent?: true
}

/** Decided on this phone when it resolves; `delivered`: the answer lies at the relay. Whoever has no network films it. */
export async function admit(child: ChildId, request: PairingRequest, change: ChangeRequest): Promise<Admitted> {
  const own = session()
  const number = Number(child)
  const { mailbox, reply } = await replyTo(child, request)
  const mail: Mail = { child: number, mailbox, reply }
  const put = { put: [[`mail/${mailbox}`, mail]] as const }
  const reading = await own.records.change(change, own.moment(), put).catch(unlessIn(number, request))
  if (reading === null) await own.write(put)
  else await own.show(number, reading)
  // Whatever becomes of sending it: what was decided stands here, and is not to look as if it had failed.
  const delivered = await deliver(mail).then(() => true, notYet)
  return { delivered: delivered === true, refused: delivered === 'refused', already: reading === null }
}

/**
 * Not if its code was read again because the answer did not reach it: its keys are in the record, and may read what a first screen is
 * drawn from. Keys that were taken out of it never count again: that phone needs a new code.
 */
function unlessIn(child: number, { publicKeys }: PairingRequest): (error: unknown) => Promise<null> {
  return async (error) => {
    const isKnown = error instanceof Failure && error.code === 'invalid-operation'
    if (!isKnown) throw error
    const entries = await session().records.ask({ do: 'for-first-screen', child, publicKeys })
    if (!entries.some(({ kind }) => kind === 1 || kind === 2)) throw new Failure('code-used', error.detail)
    return null
  }
}

async function replyTo(child: ChildId, { qr }: PairingRequest): Promise<{ mailbox: string; reply: Uint8Array }> {
  const { records } = session()
  const summary = app.children.find((c) => c.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const mailbox = await records.ask({ do: 'pairing-mailbox', qr })
  return { mailbox, reply: await records.ask({ do: 'pairing-reply', qr, record: summary.record }) }
}

export function notYet(error: unknown): 'waits' | 'refused' {
  return error instanceof Failure && error.code === 'relay-refused' ? 'refused' : 'waits'
}

async function answerTo(child: ChildId, request: PairingRequest): Promise<boolean[][][]> {
  const { reply } = await replyTo(child, request)
  const { publicKeys } = request
  return await codesOf(reply, await session().records.ask({ do: 'for-first-screen', child: Number(child), publicKeys }))
}

/** An answer to be filmed. Where it would be too much for that, only that somebody was let in. */
export async function codesOf(reply: Uint8Array, entries: Answer['entries']): Promise<boolean[][][]> {
  const texts = framesOf(ANSWER, writeAnswer({ reply, entries })) ?? framesOf(ANSWER, writeAnswer({ reply, entries: [] }))
  return await codesFor(texts ?? [])
}

export async function codesFor(texts: readonly string[]): Promise<boolean[][][]> {
  const { records } = session()
  return await Promise.all(texts.map((text) => records.ask({ do: 'qr', text })))
}

/** The right is in the relay's ledger before the other phone is told, or it would be turned away. */
export async function deliver(mail: Mail): Promise<void> {
  const own = session()
  const { child, mailbox, reply, far, until = 0, sent } = mail
  const box = `mail/${mailbox}`
  if (sent && until <= now()) {
    await own.write({ remove: [box] })
    return
  }
  await (await own.startSync(child)).flush()
  await (far ? own.relay.putFar(mailbox, 3, reply) : own.relay.putMail(mailbox, 2, reply))
  if (until <= now()) await own.write({ remove: [box] })
  else if (!sent) await own.write({ put: [[box, { ...mail, sent: true }]] })
}

/** Answers that waited for a network. */
export async function deliverMail(): Promise<void> {
  const waiting = await session().vault.boxes<Mail>('mail/')
  for (const mail of waiting.values()) await deliver(mail).catch(() => undefined)
}

/** The sample families of a demo, each taken in as a record of its own by its guardian. */
async function loadDemo(): Promise<number> {
  const answer = await fetch('/demo/families.json', { cache: 'no-store' })
  if (!answer.ok) throw new Failure('no-demo')
  const families = (await answer.json()) as unknown[]
  for (const family of families) await takeInFamily(JSON.stringify(family))
  return families.length
}

async function takeInFamily(json: string): Promise<void> {
  const own = session()
  const at = own.moment()
  const number = own.settings.nextChild
  const after = { nextChild: number + 1 }
  const guardian = app.locale === 'ja' ? '母' : 'Mother'
  const created = await own.records.create(number, guardian, [], at, { put: [own.settingsBox(after)] })
  own.adoptSettings(after)
  const reading = await own.records.change({ do: 'import', child: number, record: created.record, json, now: at.now }, at)
  await own.show(number, reading)
  void own.startSync(number).catch(() => undefined)
}
