import { now } from '../../io/clock.ts'
import type { GrantTerms } from '../../logic/access.ts'
import { readAnswer, type Answer } from '../../logic/answer.ts'
import { framesOf, KEYS } from '../../logic/frames.ts'
import type { Rights, Role } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import { keyLabel, organisationLabel, type StaffKey, type StaffKeys } from '../../logic/station.ts'
import type { Actions, CodeOver, OrganisationRequest, OrganisationTold, PairingCode } from '../actions.ts'
import { session } from '../boot.ts'
import { noticeBox, openingsBox } from '../cards.ts'
import { certificateBox } from '../certificates.ts'
import { progressBox } from '../records.ts'
import type { Person } from '../session.ts'
import { applicationBox, keysBox, NOBODYS_APPLICATION, readStaff } from '../station.ts'
import { app } from '../state.svelte.ts'
import { inOrder } from './in-order.ts'
import { bring, codesFor, codesOf, deliver, notYet, orNothing, standing, type Mail } from './people.svelte.ts'
import { put, settleStaff, taken, there, unlessLater } from './staff.svelte.ts'

type OrganisationActions = Pick<
  Actions,
  'applyForChild' | 'applyFrames' | 'applyByAnswer' | 'readOrganisation' | 'readOrganisationFrames' | 'grantOrganisation' | 'tellOrganisation' | 'answerToOrganisation'
>

export const organisationActions: OrganisationActions = {
  applyForChild,
  applyFrames,
  applyByAnswer,
  readOrganisation,
  readOrganisationFrames,
  grantOrganisation,
  tellOrganisation,
  answerToOrganisation,
}

/** Where a child stands on this tablet already, and the boxes there that do not count any more. */
interface Place {
  number: number
  stale: string[]
}

// ---- a child is taken in: the tablet's side

const CODE_LIFE_MS = 15 * 60_000
const POLL_MS = 1500
/** What its keys are called in the locker of whoever began it. */
const LABEL = 'station-pairing'

/** An application under way, kept so that a killed tab takes it up again; secrets in the locker of whoever began it. */
interface Pending {
  qr: string
  mailbox: string
  /** The application itself. */
  message: Uint8Array
  expiresAt: number
  secret: Uint8Array
  organisation: Uint8Array
}

/** The family's answer: into which record, by which grant; and what came with it from screen to camera, if that was the way. */
interface Granted {
  record: string
  grant: string
  filmed: Answer['entries'] | null
}

async function applyForChild(show: (code: PairingCode) => void, signal: AbortSignal, over?: CodeOver): Promise<ChildId> {
  const own = session()
  const person = there()
  const pending = await current(person, over)
  show({ qr: pending.qr, modules: await own.records.ask({ do: 'qr', text: pending.qr }), expiresAt: pending.expiresAt })
  const answer = await awaitAnswer(pending, signal)
  return await inOrder(() => answered(person, pending, answer, null))
}

/** The codes for a family without a network, or for a tablet without: the pairing code, and the application behind it. */
async function applyFrames(): Promise<boolean[][][]> {
  const pending = await kept(there())
  if (pending === null) throw new Failure('not-begun')
  return await codesFor([pending.qr, ...(framesOf(KEYS, pending.message) ?? [])])
}

/** The answer read from the family's screen, with what the first screen needs; the rest comes when there is a network. */
async function applyByAnswer(bytes: Uint8Array): Promise<ChildId> {
  const person = there()
  const answer = readAnswer(bytes)
  if (answer === null) throw new Failure('not-an-answer')
  return await inOrder(async () => {
    // What is being filmed was given in time, however long the filming takes.
    const pending = await kept(person)
    if (pending === null) throw new Failure('pairing-expired')
    return await answered(person, pending, answer.reply, answer.entries)
  })
}

async function answered(person: Person, pending: Pending, reply: Uint8Array, filmed: Granted['filmed']): Promise<ChildId> {
  const own = session()
  const granted: Granted = { ...(await own.records.ask({ do: 'station-read-reply', qr: pending.qr, bytes: reply })), filmed }
  const known = app.children.find((child) => child.record === granted.record)
  // Heard twice, taken in once; and a code that was given up takes nobody in.
  if ((await kept(person))?.qr !== pending.qr) {
    if (known === undefined) throw new Failure('pairing-expired')
    return known.id
  }
  if (known === undefined) return await takeIn(person, pending, granted)
  if (await isOver(known.id, filmed)) return await takeInAgain(known.id, person, pending, granted)
  await own.write({ remove: [applicationBox(person.id)] })
  return known.id
}

/**
 * Do the keys this tablet had of a child not count any more? Who cannot ask with the old ones takes the new ones, which count in any
 * case: if they were filmed, or if the relay never heard of the old ones. Otherwise it is asked again; the new ones wait.
 */
async function isOver(child: ChildId, filmed: Granted['filmed']): Promise<boolean> {
  const stands = await standing(child)
  if (stands !== 'unknown') return stands === 'out'
  const isUnheard = (await session().vault.box(certificateBox(Number(child)))) !== undefined
  if (filmed === null && !isUnheard) throw new Failure('relay-failed', 'whether the old keys count is not known')
  return true
}

/** After an end the organisation's old keys never count again: the child goes on with new ones, at the same place. */
async function takeInAgain(child: ChildId, person: Person, pending: Pending, granted: Granted): Promise<ChildId> {
  const own = session()
  const number = Number(child)
  own.stopSync(number)
  await own.records.leave(number)
  // How far the old keys got says nothing about the new ones; this person's own place is written with them.
  const progress = [...(await own.vault.boxes(`progress/${number}/`)).keys()].filter((name) => name !== progressBox(number, person.id))
  // What was said of the old keys' cards, and read about them, belongs to the old keys.
  const said = (await readStaff(own.vault)).flatMap(({ id }) => [noticeBox(number, id), openingsBox(number, id)])
  // A new certificate takes the place of the one that nobody asks for any more.
  const certificate = granted.filmed === null ? [certificateBox(number)] : []
  const stale = [...progress, ...said, ...certificate]
  return await takeIn(person, pending, granted, { number, stale })
}

/** Of an older version there may be one without the application. */
async function kept(person: Person): Promise<Pending | null> {
  const pending = await session().vault.box<Pending>(applicationBox(person.id))
  return pending !== undefined && 'message' in pending ? pending : null
}

/**
 * What is shown: the application under way. After its time its keys stay until an answer came for them, or whoever is there says
 * that none will: a family may have agreed, and the answer may be on their screen.
 */
async function current(person: Person, over?: CodeOver): Promise<Pending> {
  const pending = over === 'new' ? null : await kept(person)
  if (pending === null) return await begin(person)
  if (pending.expiresAt - now() > 60_000) return pending
  if (over === undefined) throw new Failure('pairing-expired')
  const again = { ...pending, expiresAt: now() + CODE_LIFE_MS }
  await session().write({ put: [[applicationBox(person.id), again]] })
  return again
}

async function begin(person: Person): Promise<Pending> {
  const own = session()
  const station = app.station
  const me = (await readStaff(own.vault)).find((one) => one.id === person.id)
  if (station === null || me === undefined) throw new Failure('not-allowed', 'not on the staff')
  const offer = await own.records.ask({ do: 'station-apply', name: station.name, preset: station.preset, person: me.name })
  const pending: Pending = {
    qr: offer.qr,
    mailbox: offer.mailbox,
    message: offer.message,
    expiresAt: now() + CODE_LIFE_MS,
    secret: await put(me.locker, LABEL, offer.secret),
    organisation: await put(me.locker, LABEL, offer.organisation),
  }
  offer.secret.fill(0)
  offer.organisation.fill(0)
  await own.write({ put: [[applicationBox(person.id), pending]], remove: [NOBODYS_APPLICATION] })
  return pending
}

async function awaitAnswer(pending: Pending, signal: AbortSignal): Promise<Uint8Array> {
  const { relay } = session()
  let left = false
  while (now() < pending.expiresAt) {
    signal.throwIfAborted()
    // Without a network the code can be shown all the same: the family's phone reads the application from the screen.
    left ||= (await relay.putMail(pending.mailbox, 1, pending.message).then(() => true, orNothing)) ?? false
    const answer = left ? await relay.getMail(pending.mailbox, 2, signal).catch(orNothing) : null
    if (answer !== null) return answer
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
  throw new Failure('pairing-expired')
}

async function takeIn(person: Person, pending: Pending, { record, grant, filmed }: Granted, place?: Place): Promise<ChildId> {
  const own = session()
  const secret = await taken(person, LABEL, pending.secret)
  const organisation = await taken(person, LABEL, pending.organisation)
  const staff = await readStaff(own.vault)
  const me = staff.find((one) => one.id === person.id)
  if (me === undefined) throw new Failure('not-allowed', 'not on the staff')
  // The relay must know this person before it answers them anything. Doing it twice changes nothing.
  const join = await own.records.ask({ do: 'station-first-join', organisation, record, grant, secret, now: now() })
  if (filmed === null) await own.relay.certify(record, join.bytes)
  const number = place?.number ?? own.settings.nextChild
  const after = { nextChild: Math.max(own.settings.nextChild, number + 1) }
  const managers = staff.filter((one) => one.manager)
  const forManagers = await Promise.all(
    managers.map(async (one) => [one.id, await put(one.locker, organisationLabel(record, one.id), organisation)] as const),
  )
  const device = await own.records.ask({ do: 'device-of', secret })
  const mine: StaffKey = { name: me.name, device, sealed: await put(me.locker, keyLabel(record, me.id), secret) }
  const keys: StaffKeys = { organisation: Object.fromEntries(forManagers), people: { [me.id]: mine } }
  const box = { number, record, secret }
  // Said to the relay as soon as it is reached, and before anything else.
  const certificate = filmed === null ? [] : [[certificateBox(number), join.bytes] as const]
  const also = { put: [own.settingsBox(after), [keysBox(number), keys] as const, ...certificate], remove: [applicationBox(person.id), ...(place?.stale ?? [])] }
  await own.records.join(box, also, { ...box, secret: new Uint8Array() })
  own.adoptSettings(after)
  person.secrets.set(number, secret)
  if (filmed !== null) await bring(number, [...filmed, join])
  const sync = await own.startSync(number)
  // The keys are safe; the record itself may come later if the network goes away right now.
  await sync.flush().catch(() => undefined)
  await settleStaff(number, record, organisation).catch(unlessLater)
  organisation.fill(0)
  await sync.flush().catch(() => undefined)
  return String(number)
}

// ---- the family's side

async function readOrganisation(qr: string): Promise<OrganisationRequest> {
  const own = session()
  const mailbox = await own.records.ask({ do: 'station-mailbox', qr })
  const message = await own.relay.getMail(mailbox, 1, AbortSignal.timeout(20_000))
  if (message === null) throw new Failure('pairing-expired', 'the tablet has left no message')
  return await accepted(qr, mailbox, message, false)
}

async function readOrganisationFrames(qr: string, message: Uint8Array): Promise<OrganisationRequest> {
  return await accepted(qr, await session().records.ask({ do: 'station-mailbox', qr }), message, true)
}

async function accepted(qr: string, mailbox: string, message: Uint8Array, filmed: boolean): Promise<OrganisationRequest> {
  const application = await session().records.ask({ do: 'station-accept', qr, message })
  return { qr, mailbox, message, application, filmed }
}

/**
 * The consent is given and kept on this phone, with or without a network, and so is the answer to the tablet: what cannot be sent
 * now, or is not taken, `deliverMail` sends later. Resolves to whether the tablet is told already. Doing it twice consents once.
 */
async function grantOrganisation(child: ChildId, request: OrganisationRequest, role: Role, rights: Rights, terms: GrantTerms): Promise<OrganisationTold> {
  const before = await tellOrganisation(child, request)
  if (before !== null) return before
  const own = session()
  const { qr, message } = request
  const change = { do: 'grant-organisation', child: Number(child), qr, message, role, rights, terms, now: now() } as const
  await own.show(Number(child), await own.records.change(change, own.moment()))
  const told = await tellOrganisation(child, request)
  if (told === null) throw new Failure('core-failed', 'the grant does not stand')
  return told
}

/** Answers the tablet of an organisation that was agreed to already; `null` if it was not. */
async function tellOrganisation(child: ChildId, { qr, message, mailbox }: OrganisationRequest): Promise<OrganisationTold | null> {
  const own = session()
  const number = Number(child)
  const summary = app.children.find((one) => one.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const grant = await own.records.ask({ do: 'grant-of-organisation', child: number, qr, message })
  if (grant === '') return null
  const reply = await own.records.ask({ do: 'station-reply', qr, record: summary.record, grant })
  const mail: Mail = { child: number, mailbox, reply }
  await own.write({ put: [[`mail/${mailbox}`, mail]] })
  // Whatever becomes of sending it: what was agreed to stands here, and is not to look as if it had failed.
  return await deliver(mail).then(() => 'told', notYet)
}

/** Also after the answer was left at the relay: what the tablet hears twice, it does once. */
async function answerToOrganisation(child: ChildId, { qr, message }: OrganisationRequest): Promise<boolean[][][]> {
  const { records } = session()
  const number = Number(child)
  const summary = app.children.find((one) => one.id === child)
  const grant = await records.ask({ do: 'grant-of-organisation', child: number, qr, message })
  if (summary === undefined || grant === '') throw new Failure('child-unknown')
  const reply = await records.ask({ do: 'station-reply', qr, record: summary.record, grant })
  return await codesOf(reply, await records.ask({ do: 'for-first-screen-of-staff', child: number, qr, message }))
}
