import { now } from '../../io/clock.ts'
import { ANY_RECORD } from '../../io/relay.ts'
import type { Hex } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { KnownDevice } from '../../worker/lock.ts'
import { session } from '../boot.ts'
import { kitState, type KitBox } from '../lock-boxes.ts'
import { app } from '../state.svelte.ts'

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
  recover(words: string): Promise<Recovered[]>
  /** Every phone and paper in a record, and which of them is this one. */
  devices(child: ChildId): Promise<{ here: Hex; all: KnownDevice[] }>
}

export interface Recovered {
  child: ChildId
  /** Other phones of the same person: one of them is lost. */
  phones: KnownDevice[]
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
    return { here: device, all: all.filter(({ name }) => !isPaper(name)) }
  },
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
  await keep({ madeAt: now(), words, publics, devices, used: {} })
  for (const child of app.children.filter((one) => one.canEdit)) await coverIfManaged(child.id)
  if (before !== undefined) await takeOutOld(before)
  return words
}

async function takeOutOld(before: KitBox): Promise<void> {
  for (const [record, index] of Object.entries(before.used)) {
    const child = app.children.find((one) => one.record === record && !one.onlyScreen)
    const device = before.devices[index]
    if (child === undefined || device === undefined) continue
    const own = session()
    const number = Number(child.id)
    const reading = await own.records.change({ do: 'remove-device', child: number, device, now: now() }, own.moment())
    await own.show(number, reading)
    own.wake(number)
  }
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

async function recover(words: string): Promise<Recovered[]> {
  const places = await findAll(words)
  const fresh = places.filter(({ record }) => !app.children.some((child) => child.record === record && !child.onlyScreen))
  try {
    if (places.length === 0) throw new Failure('words-found-nothing')
    const recovered: Recovered[] = []
    for (const place of fresh) recovered.push(await takeUp(place))
    await adoptKit(words, places)
    return recovered
  } finally {
    for (const { secret } of places) secret.fill(0)
  }
}

async function findAll(words: string): Promise<Place[]> {
  const own = session()
  const found: Place[] = []
  for (let index = 0, misses = 0; misses < GAP; index++) {
    const [keys] = await own.records.ask({ do: 'kit-keys', words, from: index, count: 1 })
    if (keys === undefined) break
    const nonce = await own.relay.challenge(ANY_RECORD, keys.device)
    const proof = await own.records.ask({ do: 'kit-prove', secret: keys.secret, nonce })
    const records = await own.relay.recordsOf(keys.device, nonce, proof)
    misses = records.length === 0 ? misses + 1 : 0
    found.push(...records.map((record) => ({ record, index, secret: new Uint8Array(keys.secret) })))
    keys.secret.fill(0)
  }
  return found
}

/**
 * Reads a record with the paper's keys, lets this phone in with keys of its own, and goes on with those. The phone's keys are on
 * the disk before they are let in; the paper's never are.
 */
async function takeUp({ record, secret }: Place): Promise<Recovered> {
  const own = session()
  const { number, secret: ownSecret } = await begin(record)
  const child = String(number)
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
    return { child, phones: phones.filter(({ name }) => !isPaper(name)) }
  } catch (error) {
    own.stopSync(number)
    await own.records.leave(number)
    app.children = app.children.filter((one) => one.id !== child)
    throw error
  }
}

/** An earlier paper of the same person is no phone that somebody could have lost. */
function isPaper(name: string): boolean {
  return name === '回復のことば（紙）' || name === 'Recovery words (paper)'
}

async function begin(record: Hex): Promise<{ number: number; secret: Uint8Array }> {
  const own = session()
  const name = `recovering/${record}`
  const kept = await own.vault.box<{ number: number; secret: Uint8Array }>(name)
  if (kept !== undefined) return kept
  const begun = { number: own.settings.nextChild, secret: await own.records.ask({ do: 'generate-keys' }) }
  const after = { nextChild: begun.number + 1 }
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
  await keep({ madeAt: now(), words: null, publics, devices, used })
}
