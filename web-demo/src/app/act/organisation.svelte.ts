import { now } from '../../io/clock.ts'
import type { GrantTerms } from '../../logic/access.ts'
import type { Rights, Role } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import { keyLabel, organisationLabel, type StaffKey, type StaffKeys } from '../../logic/station.ts'
import type { Actions, OrganisationRequest, OrganisationTold, PairingCode } from '../actions.ts'
import { session } from '../boot.ts'
import { noticeBox, openingsBox } from '../cards.ts'
import { progressBox } from '../records.ts'
import type { Person } from '../session.ts'
import { keysBox, readStaff } from '../station.ts'
import { app } from '../state.svelte.ts'
import { deliver, notYet, orNothing, standing, type Mail } from './people.svelte.ts'
import { put, settleStaff, taken, there, unlessLater } from './staff.svelte.ts'

type OrganisationActions = Pick<Actions, 'applyForChild' | 'readOrganisation' | 'grantOrganisation'>

export const organisationActions: OrganisationActions = { applyForChild, readOrganisation, grantOrganisation }

/** Where a child stands on this tablet already, and the boxes there that do not count any more. */
interface Place {
  number: number
  stale: string[]
}

// ---- a child is taken in: the tablet's side

const CODE_LIFE_MS = 15 * 60_000
const POLL_MS = 1500
const PENDING = 'station-pairing'

/** An application under way, kept so that a killed tab takes it up again; secrets in the locker of whoever began it. */
interface Pending {
  person: string
  qr: string
  mailbox: string
  expiresAt: number
  secret: Uint8Array
  organisation: Uint8Array
}

async function applyForChild(show: (code: PairingCode) => void, signal: AbortSignal): Promise<ChildId> {
  const own = session()
  const person = there()
  const pending = (await kept(person)) ?? (await begin(person))
  show({ qr: pending.qr, modules: await own.records.ask({ do: 'qr', text: pending.qr }), expiresAt: pending.expiresAt })
  const answer = await awaitAnswer(pending, signal)
  const { record, grant } = await own.records.ask({ do: 'station-read-reply', qr: pending.qr, bytes: answer })
  const known = app.children.find((child) => child.record === record)
  if (known === undefined) return await takeIn(person, pending, record, grant)
  if ((await standing(known.id)) === 'out') return await takeInAgain(known.id, person, pending, record, grant)
  await own.write({ remove: [PENDING] })
  return known.id
}

/** After an end the organisation's old keys never count again: the child goes on with new ones, at the same place. */
async function takeInAgain(child: ChildId, person: Person, pending: Pending, record: string, grant: string): Promise<ChildId> {
  const own = session()
  const number = Number(child)
  own.stopSync(number)
  await own.records.leave(number)
  // How far the old keys got says nothing about the new ones; this person's own place is written with them.
  const progress = [...(await own.vault.boxes(`progress/${number}/`)).keys()].filter((name) => name !== progressBox(number, person.id))
  // What was said of the old keys' cards, and read about them, belongs to the old keys.
  const said = (await readStaff(own.vault)).flatMap(({ id }) => [noticeBox(number, id), openingsBox(number, id)])
  const stale = [...progress, ...said]
  return await takeIn(person, pending, record, grant, { number, stale })
}

async function kept(person: Person): Promise<Pending | null> {
  const pending = await session().vault.box<Pending>(PENDING)
  return pending?.person === person.id && pending.expiresAt - now() > 60_000 ? pending : null
}

async function begin(person: Person): Promise<Pending> {
  const own = session()
  const station = app.station
  const me = (await readStaff(own.vault)).find((one) => one.id === person.id)
  if (station === null || me === undefined) throw new Failure('not-allowed', 'not on the staff')
  const offer = await own.records.ask({ do: 'station-apply', name: station.name, preset: station.preset, person: me.name })
  const pending: Pending = {
    person: person.id,
    qr: offer.qr,
    mailbox: offer.mailbox,
    expiresAt: now() + CODE_LIFE_MS,
    secret: await put(me.locker, PENDING, offer.secret),
    organisation: await put(me.locker, PENDING, offer.organisation),
  }
  offer.secret.fill(0)
  offer.organisation.fill(0)
  await own.write({ put: [[PENDING, pending]] })
  await own.relay.putMail(pending.mailbox, 1, offer.message)
  return pending
}

async function awaitAnswer(pending: Pending, signal: AbortSignal): Promise<Uint8Array> {
  while (now() < pending.expiresAt) {
    signal.throwIfAborted()
    const answer = await session().relay.getMail(pending.mailbox, 2, signal).catch(orNothing)
    if (answer !== null) return answer
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
  await session().write({ remove: [PENDING] })
  throw new Failure('pairing-expired')
}

async function takeIn(person: Person, pending: Pending, record: string, grant: string, place?: Place): Promise<ChildId> {
  const own = session()
  const secret = await taken(person, PENDING, pending.secret)
  const organisation = await taken(person, PENDING, pending.organisation)
  const staff = await readStaff(own.vault)
  const me = staff.find((one) => one.id === person.id)
  if (me === undefined) throw new Failure('not-allowed', 'not on the staff')
  // The relay must know this person before it answers them anything. Doing it twice changes nothing.
  const join = await own.records.ask({ do: 'station-first-join', organisation, record, grant, secret, now: now() })
  await own.relay.certify(record, join.bytes)
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
  const also = { put: [own.settingsBox(after), [keysBox(number), keys]] as const, remove: [PENDING, ...(place?.stale ?? [])] }
  await own.records.join(box, also, { ...box, secret: new Uint8Array() })
  own.adoptSettings(after)
  person.secrets.set(number, secret)
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
  const application = await own.records.ask({ do: 'station-accept', qr, message })
  return { qr, mailbox, message, application }
}

/**
 * The consent is given and kept on this phone, with or without a network, and so is the answer to the tablet: what cannot be sent
 * now, or is not taken, `deliverMail` sends later. Resolves to whether the tablet is told already. Doing it twice consents once.
 */
async function grantOrganisation(child: ChildId, request: OrganisationRequest, role: Role, rights: Rights, terms: GrantTerms): Promise<OrganisationTold> {
  const own = session()
  const number = Number(child)
  const { qr, message, mailbox } = request
  const summary = app.children.find((one) => one.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const granted = await own.records.ask({ do: 'grant-of-organisation', child: number, qr, message })
  if (granted === '') {
    const change = { do: 'grant-organisation', child: number, qr, message, role, rights, terms, now: now() } as const
    await own.show(number, await own.records.change(change, own.moment()))
  }
  const grant = granted === '' ? await own.records.ask({ do: 'grant-of-organisation', child: number, qr, message }) : granted
  const reply = await own.records.ask({ do: 'station-reply', qr, record: summary.record, grant })
  const mail: Mail = { child: number, mailbox, reply }
  await own.write({ put: [[`mail/${mailbox}`, mail]] })
  // Whatever becomes of sending it: what was agreed to stands here, and is not to look as if it had failed.
  return await deliver(mail).then(() => 'told', notYet)
}
