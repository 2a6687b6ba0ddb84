import { now } from '../../io/clock.ts'
import { ANY_RECORD } from '../../io/relay.ts'
import type { Hex } from '../../logic/model.ts'
import { asFailure, Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { KnownDevice } from '../../worker/lock.ts'
import { session } from '../boot.ts'
import { kitState, papersOf, withoutPaper, type KitBox, type OldPaper } from '../lock-boxes.ts'
import type { ChildBox } from '../records.ts'
import { app } from '../state.svelte.ts'
import { standing } from './people.svelte.ts'

/** Words on paper: made, tested, and typed in again when a phone is lost. */
export interface RecoveryActions {
  /** New words, which count for every child this phone manages; the paper before them counts no more. */
  makeKit(): Promise<string[]>
  /** The words, as long as they were not tested; `null` afterwards. */
  kitWords(): Promise<string[] | null>
  /** Three of them were asked back and were right: this phone forgets them. */
  kitTested(): Promise<void>
  /** Makes the paper count for a child that came later. */
  coverByKit(child: ChildId): Promise<void>
  /** Children this phone manages for whom the paper does not count yet. */
  coverable(): Promise<ChildId[]>
  /** All words there are. */
  wordList(): Promise<string[]>
  /** Brings back every record that the words stand in. Needs a network. Throws `words-checksum`, `words-found-nothing`. */
  recover(words: string): Promise<Recovery>
  /** Every phone and paper in a record but the paper this phone knows as its own, and which of them is this phone. */
  devices(child: ChildId): Promise<{ here: Hex; all: ListedDevice[] }>
  /** Takes papers before the present one out of every record they still count in. */
  retireOldPapers(): Promise<void>
}

export interface Recovery {
  children: Recovered[]
  /** How many more there are, which did not come back this time. */
  missing: number
}

export interface Recovered {
  child: ChildId
  /** It was on this phone before. */
  already: boolean
  /** Other phones of the same person: one of them is lost. Earlier papers too. */
  phones: ListedDevice[]
}

export interface ListedDevice extends KnownDevice {
  /** By its name, so only for a label: a phone can be named like a paper. */
  paper: boolean
}

export const recoveryActions: RecoveryActions = {
  makeKit,
  kitWords: async () => (await kitBox())?.words ?? null,
  kitTested: async () => {
    const kit = await kitBox()
    if (kit !== undefined) await keep({ ...kit, words: null })
  },
  coverByKit: async (child) => {
    const kit = await kitBox()
    if (kit === undefined) throw new Failure('not-allowed', 'there are no words')
    await cover(child, kit)
  },
  coverable,
  wordList: () => session().records.ask({ do: 'kit-list' }),
  recover,
  devices: async (child) => {
    const { records } = session()
    const all = await records.ask({ do: 'devices', child: Number(child) })
    const { device } = await records.read(Number(child), session().moment().today)
    const papers = (await kitBox())?.devices ?? []
    return { here: device, all: listed(all.filter((one) => !papers.includes(one.device))) }
  },
  retireOldPapers,
}

/** Keys made at once: children who come later need no words typed. */
const PUBLICS = 16
/** Indices without a record after which there are no more: a child may have been taken out in between. */
const GAP = 3

async function makeKit(): Promise<string[]> {
  const own = session()
  const before = await kitBox()
  const { words, publics, devices } = await own.records.ask({ do: 'kit-new', count: PUBLICS })
  // Kept first: a paper that counts but was never shown would be lost at once.
  await keep({ madeAt: now(), words, publics, devices, used: {}, old: papersOf(before) })
  // What it does not count for is listed on the page of the words.
  for (const child of app.children.filter((one) => one.canEdit)) await coverIfManaged(child.id).catch(said)
  await retireOldPapers()
  return words
}

/** One record after the other; what fails is noted still, said on the page of the words, and tried at the next start. */
export async function retireOldPapers(): Promise<void> {
  for (const paper of (await kitBox())?.old ?? []) await retire(paper).catch(() => undefined)
}

async function retire(paper: OldPaper): Promise<void> {
  const child = app.children.find((one) => one.record === paper.record && !one.onlyScreen)
  if (child === undefined) return
  // The making of the new paper may have been interrupted before it counted here.
  await coverIfManaged(child.id).catch(said)
  const own = session()
  const number = Number(child.id)
  const { device } = paper
  const devices = await own.records.ask({ do: 'devices', child: number })
  const kit = await kitBox()
  if (kit === undefined) return
  const after = withoutPaper(kit, paper)
  if (!devices.some((one) => one.device === device)) {
    await keep(after)
    return
  }
  const reading = await own.records.change({ do: 'remove-device', child: number, device, now: now() }, own.moment(), { put: [['kit', after]] })
  app.kit = kitState(after)
  await own.show(number, reading)
  own.wake(number)
}

function said(error: unknown): void {
  app.failure = asFailure(error)
}

/** After a child was begun here: the paper counts for it from the beginning. */
export async function coverIfManaged(child: ChildId): Promise<void> {
  const kit = await kitBox()
  if (kit === undefined) return
  const record = app.children.find((one) => one.id === child)?.record
  if (record === undefined || record in kit.used) return
  if (await isManaged(child)) await cover(child, kit)
}

/** Whoever manages nothing cannot let a paper in. */
async function isManaged(child: ChildId): Promise<boolean> {
  const own = session()
  const { rights } = await own.records.read(Number(child), own.moment().today)
  return Object.values(rights).includes('manage')
}

async function coverable(): Promise<ChildId[]> {
  const kit = await kitBox()
  const open = app.children.filter((child) => child.canEdit && kit !== undefined && !(child.record in kit.used))
  const managed = await Promise.all(open.map(({ id }) => isManaged(id)))
  return open.filter((_, i) => managed[i]).map(({ id }) => id)
}

async function cover(child: ChildId, kit: KitBox): Promise<void> {
  const own = session()
  const number = Number(child)
  const record = app.children.find((one) => one.id === child)?.record ?? ''
  const taken = new Set(Object.values(kit.used))
  const index = kit.publics.findIndex((_, i) => !taken.has(i))
  const publicKeys = kit.publics[index]
  if (publicKeys === undefined) throw new Failure('kit-full')
  const after: KitBox = { ...kit, used: { ...kit.used, [record]: index } }
  const name = app.locale === 'ja' ? '回復のことば（紙）' : 'Recovery words (paper)'
  const reading = await own.records.change(
    { do: 'add-device', child: number, publicKeys, name, now: now() },
    own.moment(),
    { put: [['kit', after]] },
  )
  app.kit = kitState(after)
  await own.show(number, reading)
  own.wake(number)
}

async function kitBox(): Promise<KitBox | undefined> {
  return session().vault.box<KitBox>('kit')
}

async function keep(kit: KitBox): Promise<void> {
  await session().write({ put: [['kit', kit]] })
  app.kit = kitState(kit)
}

// ---- taking up again

interface Place {
  record: Hex
  index: number
  secret: Uint8Array
}

async function recover(words: string): Promise<Recovery> {
  const places: Place[] = []
  try {
    await findAll(words, places)
    if (places.length === 0) throw new Failure('words-found-nothing')
    const tried = await eachTried(places)
    const children = tried.flatMap((one) => ('child' in one ? [one] : []))
    const [first] = tried.flatMap((one) => ('child' in one ? [] : [one.error]))
    if (children.length === 0) throw first
    await adoptKit(words, places)
    return { children, missing: places.length - children.length }
  } finally {
    for (const { secret } of places) secret.fill(0)
  }
}

/** One record that does not come back keeps no other from coming back. */
async function eachTried(places: readonly Place[]): Promise<(Recovered | { error: unknown })[]> {
  const tried: (Recovered | { error: unknown })[] = []
  for (const place of places) tried.push(await bringBack(place).catch((error: unknown) => ({ error })))
  return tried
}

async function bringBack(place: Place): Promise<Recovered> {
  const known = app.children.find((child) => child.record === place.record)
  if (known === undefined || known.onlyScreen) return await takeUp(place)
  if (known.removed || (await standing(known.id)) === 'out') return await takeUp(place)
  const all = await session().records.ask({ do: 'devices', child: Number(known.id) })
  const { device } = await session().records.read(Number(known.id), session().moment().today)
  const kit = await session().records.ask({ do: 'device-of', secret: place.secret })
  return { child: known.id, already: true, phones: listed(all.filter((one) => one.own && one.device !== kit && one.device !== device)) }
}

/** Fills `found`, so that whoever called can wipe what was found before something failed. */
async function findAll(words: string, found: Place[]): Promise<void> {
  const own = session()
  for (let index = 0, misses = 0; misses < GAP; index++) {
    const [keys] = await own.records.ask({ do: 'kit-keys', words, from: index, count: 1 })
    if (keys === undefined) return
    try {
      const nonce = await own.relay.challenge(ANY_RECORD, keys.device)
      const proof = await own.records.ask({ do: 'kit-prove', secret: keys.secret, nonce })
      const records = await own.relay.recordsOf(keys.device, nonce, proof)
      misses = records.length === 0 ? misses + 1 : 0
      found.push(...records.map((record) => ({ record, index, secret: new Uint8Array(keys.secret) })))
    } finally {
      keys.secret.fill(0)
    }
  }
}

/**
 * Reads a record with the paper's keys, lets this phone in with keys of its own, and goes on with those. The phone's keys are on
 * the disk before they are let in; the paper's never are.
 */
async function takeUp({ record, secret }: Place): Promise<Recovered> {
  const own = session()
  const { number, secret: ownSecret } = await begin(record)
  const child = String(number)
  // Keys that count no more may be in use for it.
  own.stopSync(number)
  await own.records.leave(number)
  own.records.add({ number, record, secret })
  try {
    await (await own.startSync(number)).flush()
    const before = await own.records.ask({ do: 'devices', child: number })
    const kit = await own.records.ask({ do: 'device-of', secret })
    const phone = await own.records.ask({ do: 'device-of', secret: ownSecret })
    const phones = before.filter(({ device, own: mine }) => mine && device !== kit && device !== phone)
    // A first attempt may have got this far.
    if (!before.some(({ device }) => device === phone)) {
      const { publicKeys } = await own.records.ask({ do: 'pairing-offer', secret: ownSecret })
      const name = phones[0]?.name ?? ''
      const reading = await own.records.change({ do: 'add-device', child: number, publicKeys, name, now: now() }, own.moment())
      await own.show(number, reading)
      await (await own.startSync(number)).flush()
    }
    own.stopSync(number)
    await own.records.adopt({ number, record, secret: ownSecret }, { remove: [`recovering/${record}`] })
    await own.startSync(number)
    return { child, already: false, phones: listed(phones) }
  } catch (error) {
    own.stopSync(number)
    await own.records.leave(number)
    await asBefore(number)
    throw error
  }
}

/** The child as the vault has it: with keys that were removed, as a first screen alone, or not at all. */
async function asBefore(number: number): Promise<void> {
  const own = session()
  const box = await own.vault.box<ChildBox>(`child/${number}`)
  if (box !== undefined) own.records.add(box)
  await own.load()
}

/** Phones first: a paper is seldom what was lost. */
function listed(devices: readonly KnownDevice[]): ListedDevice[] {
  const all = devices.map((one) => ({ ...one, paper: isPaper(one.name) }))
  return [...all.filter(({ paper }) => !paper), ...all.filter(({ paper }) => paper)]
}

function isPaper(name: string): boolean {
  return name === '回復のことば（紙）' || name === 'Recovery words (paper)'
}

async function begin(record: Hex): Promise<{ number: number; secret: Uint8Array }> {
  const own = session()
  const name = `recovering/${record}`
  const kept = await own.vault.box<{ number: number; secret: Uint8Array }>(name)
  if (kept !== undefined) return kept
  const place = app.children.find((child) => child.record === record)?.id
  const number = place === undefined ? own.settings.nextChild : Number(place)
  const begun = { number, secret: await own.records.ask({ do: 'generate-keys' }) }
  const after = { nextChild: Math.max(own.settings.nextChild, number + 1) }
  const progress = { cursor: 0, scope: '', registered: true }
  await own.write({ put: [[name, begun], own.settingsBox(after), [`progress/${begun.number}`, progress]] })
  own.adoptSettings(after)
  return begun
}

/** The paper goes on counting: for children who come later, this phone keeps its public keys. */
async function adoptKit(words: string, places: readonly Place[]): Promise<void> {
  const own = session()
  const { publics, devices } = await own.records.ask({ do: 'kit-public', words, count: PUBLICS })
  const used = Object.fromEntries(places.map(({ record, index }) => [record, index]))
  const before = await kitBox()
  const same = before?.devices[0] === devices[0]
  const old = (before?.old ?? []).filter(({ device }) => !devices.includes(device))
  await keep({ madeAt: same ? (before?.madeAt ?? null) : null, words: null, publics, devices, used, old })
}
