import { now } from '../../io/clock.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { Actions, PairingCode, PairingRequest } from '../actions.ts'
import { session } from '../boot.ts'
import type { ChangeRequest } from '../records.ts'
import { app } from '../state.svelte.ts'

type PeopleActions = Pick<Actions, 'join' | 'readPairing' | 'addOwnDevice' | 'grant' | 'loadDemo'>

export const peopleActions: PeopleActions = {
  join,
  readPairing,
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
}

async function join(show: (code: PairingCode) => void, signal: AbortSignal): Promise<ChildId> {
  const own = session()
  const pending = (await kept()) ?? (await begin())
  show({
    qr: pending.qr,
    modules: await own.records.ask({ do: 'qr', text: pending.qr }),
    expiresAt: pending.expiresAt,
  })
  const answer = await awaitAnswer(pending, signal)
  const record = await own.records.ask({ do: 'pairing-read-reply', qr: pending.qr, bytes: answer })
  const known = app.children.find((child) => child.record === record)
  if (known !== undefined) {
    await own.write({ remove: [PENDING] })
    return known.id
  }
  return await takeIn(record, pending.secret)
}

async function kept(): Promise<Pending | null> {
  const pending = await session().vault.box<Pending>(PENDING)
  return pending !== undefined && pending.expiresAt - now() > 60_000 ? pending : null
}

/** Keys are on the disk before the code is shown: a right given to keys that were lost would be lost too. */
async function begin(): Promise<Pending> {
  const own = session()
  const secret = await own.records.ask({ do: 'generate-keys' })
  const { qr, mailbox, publicKeys } = await own.records.ask({ do: 'pairing-offer', secret })
  const pending = { secret, qr, mailbox, expiresAt: now() + CODE_LIFE_MS }
  await own.write({ put: [[PENDING, pending]] })
  await own.relay.putMail(mailbox, 1, publicKeys)
  return pending
}

async function awaitAnswer(pending: Pending, signal: AbortSignal): Promise<Uint8Array> {
  while (now() < pending.expiresAt) {
    signal.throwIfAborted()
    const answer = await session()
      .relay.getMail(pending.mailbox, 2, signal)
      .catch(orNothing)
    if (answer !== null) return answer
    await new Promise((next) => setTimeout(next, POLL_MS))
  }
  await session().write({ remove: [PENDING] })
  throw new Failure('pairing-expired')
}

/** A network that comes and goes must not end the pairing. */
function orNothing(error: unknown): null {
  if (error instanceof Failure && (error.code === 'offline' || error.code === 'relay-failed')) return null
  throw error
}

async function takeIn(record: string, secret: Uint8Array): Promise<ChildId> {
  const own = session()
  const number = own.settings.nextChild
  const after = { nextChild: number + 1 }
  await own.records.join({ number, record, secret }, { put: [own.settingsBox(after)], remove: [PENDING] })
  own.adoptSettings(after)
  const sync = await own.startSync(number)
  // The keys are safe; the record itself may come later if the network goes away right now.
  await sync.flush().catch(() => undefined)
  return String(number)
}

async function readPairing(qr: string): Promise<PairingRequest> {
  const own = session()
  const mailbox = await own.records.ask({ do: 'pairing-mailbox', qr })
  const publicKeys = await own.relay.getMail(mailbox, 1, AbortSignal.timeout(20_000))
  if (publicKeys === null) throw new Failure('pairing-expired', 'the other phone has left no keys')
  await own.records.ask({ do: 'pairing-accept', qr, publicKeys })
  return { qr, publicKeys }
}

/** The right is in the relay's ledger before the other phone is told, or it would be turned away. */
export async function admit(child: ChildId, request: PairingRequest, change: ChangeRequest): Promise<void> {
  const own = session()
  const number = Number(child)
  const summary = app.children.find((c) => c.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const reading = await own.records.change(change, own.moment())
  await own.show(number, reading)
  await (await own.startSync(number)).flush()
  const mailbox = await own.records.ask({ do: 'pairing-mailbox', qr: request.qr })
  const reply = await own.records.ask({ do: 'pairing-reply', qr: request.qr, record: summary.record })
  await own.relay.putMail(mailbox, 2, reply)
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
