import type { Child } from '../generated/vault/omamori_wasm.js'
import type { Entry, EntryKind, Quarantined } from '../logic/model.ts'
import { askedAbout } from '../logic/late.ts'
import { Failure } from '../logic/result.ts'
import { handleFar } from './far.ts'
import { handleLock } from './lock.ts'
import { loadVault, vault } from './module.ts'
import { answerOfficer } from './officer.ts'
import type { Answers, Envelope, Reading, Reply, Request } from './protocol.ts'
import { handleStation } from './serve-station.ts'

/** What is used of a worker's global scope. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<Envelope>) => void) | null
  postMessage(reply: Reply): void
}

/** Answers the window's requests one after the other, in the order in which they came. */
export function serve(scope: WorkerScope): void {
  const loaded = loadVault()
  // A failed download is told with every request; it must not end the worker as an unhandled rejection before.
  loaded.catch(() => undefined)
  let last: Promise<void> = Promise.resolve()
  scope.onmessage = ({ data }) => {
    last = last.then(async () => scope.postMessage(await answer(data, loaded)))
  }
}

async function answer({ id, request }: Envelope, loaded: Promise<void>): Promise<Reply> {
  try {
    await loaded
    return { id, ok: true, value: handle(request) }
  } catch (error) {
    return { id, ok: false, crashed: isCrash(error), ...reason(error) }
  }
}

/** The module aborted, or ran out of stack: what it holds may be half written. */
function isCrash(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError
}

/** The children this worker has open, by their number on this device. */
const open = new Map<number, Child>()

function handle(request: Request): Answers[keyof Answers] {
  switch (request.do) {
    case 'create':
      return create(request.child, request.guardian, request.now)
    case 'generate-keys':
      return vault.Child.generateKeys()
    case 'open':
      return openChild(request)
    case 'close':
      open.get(request.child)?.free()
      open.delete(request.child)
      return null
    case 'receive':
      return receive(of(request.child), request)
    case 'take':
      return json(of(request.child).receive(request.entries.map((e) => [e.kind, e.bytes])))
    case 'ready':
      return null
    case 'try':
      return vault.try_on_scratch(request.question.document, request.question.changes)
    case 'edit':
      return produced(ofRecord(request), (child) => child.edit(JSON.stringify(request.edits), request.now))
    case 'import':
      return produced(ofRecord(request), (child) => child.importJson(request.json, request.now))
    case 'add-device':
      return produced(of(request.child), (child) => child.addDevice(request.publicKeys, request.name, request.now))
    case 'grant':
      return produced(of(request.child), (child) =>
        child.grant(request.publicKeys, JSON.stringify(request.member), JSON.stringify(request.rights), request.now),
      )
    case 'presets':
      return json(vault.presets())
    case 'access-list':
      return json(of(request.child).accessList(request.today))
    case 'grant-on':
      return grantOn(of(request.child), request)
    case 'grant-again':
      return grantAgain(of(request.child), request)
    case 'withdraw':
      return produced(of(request.child), (child) => child.withdraw(request.grant, request.today, request.now))
    case 'revoke':
      return produced(of(request.child), (child) => child.revoke(request.grant, request.now))
    case 'close-grant':
      return produced(of(request.child), (child) => child.close(request.grant, request.now))
    case 'remove-device':
      return produced(of(request.child), (child) => child.removeDevice(request.device, request.now))
    case 'endorse':
      return produced(ofRecord(request), (child) => child.endorse(JSON.stringify(request.chunks), request.now))
    case 'complete':
      return produced(of(request.child), (child) => child.complete(request.now))
    case 'quarantine':
      return json(of(request.child).quarantine())
    case 'deeds':
      return json(of(request.child).deeds())
    case 'read-accesses':
      return json(of(request.child).readAccesses(JSON.stringify(request.last), request.page))
    case 'read-card-openings':
      return json(of(request.child).readCardOpenings(JSON.stringify(request.last), request.page))
    case 'sign-for-card-openings': {
      const [key, signature] = of(request.child).signForCardOpenings(request.nonce) as [string, string]
      return { key, signature }
    }
    case 'read':
      return read(of(request.child), request.today)
    case 'history':
      return json(of(request.child).history(request.compartment, request.fact))
    case 'card':
      return json(of(request.child).card(request.host, request.today))
    case 'card-notice':
      return cardNotice(of(request.child), request)
    case 'sheet':
      return json(of(request.child).sheet(request.host, request.today, request.lang))
    case 'integrity':
      return json(of(request.child).integrity())
    case 'export':
      return of(request.child).exportJson()
    case 'sign-challenge':
      return of(request.child).signChallenge(request.nonce)
    case 'pairing-offer':
      return offer(request.secret)
    case 'pairing-mailbox':
      return vault.pairing_mailbox(request.qr)
    case 'pairing-accept':
      vault.pairing_accept(request.qr, request.publicKeys)
      return null
    case 'pairing-reply':
      return vault.pairing_reply(request.qr, request.record)
    case 'pairing-read-reply':
      return vault.pairing_read_reply(request.qr, request.bytes)
    case 'glass-consent':
      return produced(of(request.child), (child) => child.consentTo(request.list, request.until ?? '', request.now))
    case 'glass-withdraw':
      return produced(of(request.child), (child) => child.withdrawFrom(request.municipality, request.reason, request.now))
    case 'glass-file':
      return glassFile(of(request.child), request.municipality)
    case 'officer':
      return answerOfficer(request.officer)
    case 'for-first-screen':
      return listed(of(request.child).forFirstScreen(request.publicKeys))
    case 'for-first-screen-of-staff':
      return listed(of(request.child).forFirstScreenOfStaff(request.qr, request.message))
    case 'qr':
      return json(vault.qr_modules(request.text))
    case 'devices':
      return json(of(request.child).devices())
    case 'station-apply':
    case 'station-mailbox':
    case 'station-accept':
    case 'station-reply':
    case 'station-read-reply':
    case 'station-first-join':
    case 'station-new-person':
    case 'locker-put':
    case 'locker-take':
      return handleStation(request)
    case 'grant-of-organisation':
      return of(request.child).grantOfOrganisation(request.qr, request.message)
    case 'grant-organisation':
      return produced(of(request.child), (child) =>
        child.grantOrganisation(request.qr, request.message, request.role, JSON.stringify(request.rights), JSON.stringify(request.terms), request.now),
      )
    case 'renew-organisation':
      return produced(of(request.child), (child) =>
        child.renewOrganisation(request.organisation, JSON.stringify(request.rights), JSON.stringify(request.terms), request.now),
      )
    case 'staff-join':
      return produced(of(request.child), (child) =>
        child.staffJoin(request.organisation, request.publicKeys, JSON.stringify(request.member), request.now),
      )
    case 'staff-end':
      return produced(of(request.child), (child) => child.staffEnd(request.organisation, request.device, request.now))
    case 'far-begin':
    case 'far-shown':
    case 'far-meet':
    case 'far-compare':
    case 'far-place':
    case 'far-reply':
    case 'far-words':
    case 'far-record':
      return handleFar(request)
    default:
      return handleLock(request)
  }
}

function create(number: number, guardian: string, now: number): Answers['create'] {
  const child = vault.Child.create(guardian, now)
  open.set(number, child)
  return { secret: child.secretKeys(), record: child.record(), entries: taken(child) }
}

function grantOn(child: Child, { publicKeys, member, rights, terms, now }: Extract<Request, { do: 'grant-on' }>): Entry[] {
  return produced(child, () => child.grantOn(publicKeys, JSON.stringify(member), JSON.stringify(rights), JSON.stringify(terms), now))
}

function grantAgain(child: Child, { device, member, rights, terms, now }: Extract<Request, { do: 'grant-again' }>): Entry[] {
  return produced(child, () => child.grantAgain(device, JSON.stringify(member), JSON.stringify(rights), JSON.stringify(terms), now))
}

function openChild(request: Extract<Request, { do: 'open' }>): null {
  const { secret, record } = request.keys
  const entries = request.entries.map((e): [number, Uint8Array] => [e.kind, e.bytes])
  const child = entries.length === 0 ? vault.Child.join(secret, record) : vault.Child.open(secret, record, entries)
  open.get(request.child)?.free()
  open.set(request.child, child)
  return null
}

function receive(child: Child, { entries, verdicts }: Extract<Request, { do: 'receive' }>): Answers['receive'] {
  const brought = entries.map((e) => [e.kind, e.bytes])
  const [received, asked] = child.receiveTried(brought, verdicts) as [string, [string, Uint8Array, Uint8Array[]][]]
  return { received: json(received), questions: asked.map(([candidate, document, changes]) => ({ candidate, document, changes })) }
}

function read(child: Child, today: string): Reading {
  return {
    record: child.record(),
    device: child.device(),
    view: json(child.view()),
    first: json(child.firstScreen(today)),
    rights: json(child.rights()),
    integrity: json(child.integrity()),
    late: late(child),
    glass: json(child.glass(Date.parse(`${today}T00:00:00+09:00`))),
  }
}

function late(child: Child): Reading['late'] {
  const quarantine = json<Quarantined[]>(child.quarantine())
  // Who did what is looked up only where something waits.
  const asked = quarantine.length === 0 ? [] : askedAbout(quarantine, json(child.deeds()))
  return asked.map(({ chunk, compartment }) => ({ chunk, compartment }))
}

function cardNotice(child: Child, { before, stale, today }: Extract<Request, { do: 'card-notice' }>): Answers['card-notice'] {
  const [id, bytes] = child.cardNotice(before, stale, today) as [string, Uint8Array]
  return { id, bytes }
}

function glassFile(child: Child, municipality: string): Uint8Array {
  const entries = child.forOfficers(municipality) as [EntryKind, string, Uint8Array][]
  return vault.carry(child.record(), entries.map(([kind, , bytes]) => [kind, bytes]))
}

function offer(secret: Uint8Array): Answers['pairing-offer'] {
  const publicKeys = vault.Child.publicKeys(secret)
  return { ...json<{ qr: string; mailbox: string }>(vault.pairing_offer(publicKeys)), publicKeys }
}

function produced(child: Child, change: (child: Child) => void): Entry[] {
  change(child)
  return taken(child)
}

function taken(child: Child): Entry[] {
  return listed(child.takeEntries())
}

function listed(entries: unknown[]): Entry[] {
  return (entries as [EntryKind, string, Uint8Array][]).map(([kind, hash, bytes]) => ({ kind, hash, bytes }))
}

function of(number: number): Child {
  const child = open.get(number)
  if (child === undefined) throw new Failure('child-unknown', `child ${number} is not open`)
  return child
}

/** The last of the guards that keep an edit in the child it was begun in: the record itself must be the one meant. */
function ofRecord(request: { child: number; record: string }): Child {
  const child = of(request.child)
  if (child.record() !== request.record) throw new Failure('wrong-child', 'the edit names another record')
  return child
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the caller expects, once
function json<T>(text: string): T {
  return JSON.parse(text) as T
}

function reason(error: unknown): { code: string; detail: string } {
  if (error instanceof Failure) return { code: error.code, detail: error.detail }
  if (!(error instanceof Error)) return { code: 'core-failed', detail: String(error) }
  try {
    const { code, detail } = JSON.parse(error.message) as { code: unknown; detail: unknown }
    if (typeof code === 'string') return { code, detail: typeof detail === 'string' ? detail : '' }
  } catch {
    // Not an error of the core.
  }
  return { code: 'core-failed', detail: error.message }
}
