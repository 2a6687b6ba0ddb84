import { now } from '../../io/clock.ts'
import type { VaultChange } from '../../io/vault.ts'
import { NO_TRIES } from '../../logic/handover.ts'
import { Failure } from '../../logic/result.ts'
import { keyLabel, leaving, organisationLabel, uncertified, withLeaving, withoutOrganisation, type StaffPerson, type Station } from '../../logic/station.ts'
import type { Actions, Unlock } from '../actions.ts'
import { changePerson, isWriter, session, settled, takeOver } from '../boot.ts'
import { replace } from '../router.svelte.ts'
import type { Person } from '../session.ts'
import { boxesOf, keysBox, readKeys, readStaff, STATION, staffBox } from '../station.ts'
import { app } from '../state.svelte.ts'
import { boxOf, checkedPin, staffPerson, underPin, withLocker } from './pins.svelte.ts'
import { inTurn, settleStaff, taken, there, unlessLater } from './staff.svelte.ts'

type StationActions = Pick<Actions, 'setUpStation' | 'enter' | 'leaveTablet' | 'addStaff' | 'settleStaff' | 'endStaff' | 'giveNewPin' | 'setManager'>

export const stationActions: StationActions = {
  setUpStation,
  enter,
  leaveTablet: async () => {
    if (app.station === null || session().person === null) return
    await changePerson(null)
    replace({ name: 'home' })
  },
  addStaff: async (name, first, second) => {
    const pin = checkedPin(first, second)
    manager()
    const person = await newStaff(name, pin, false)
    return await tellRecords(() => Promise.resolve({ put: [boxOf(person)] }))
  },
  settleStaff: async () => {
    if (app.station?.person?.manager === true) await catchUp().catch(() => undefined)
  },
  endStaff,
  giveNewPin,
  setManager,
}

// ---- who is there

async function setUpStation(station: Station, name: string, first: string, second: string): Promise<void> {
  const own = session()
  if (app.children.length > 0) throw new Failure('station-not-empty')
  const person = await newStaff(name, checkedPin(first, second), true)
  await own.write({ put: [[STATION, { name: station.name.trim(), preset: station.preset }], boxOf(person)] })
  const answer = await enter(person.id, first)
  if (answer.kind !== 'open') throw new Failure('core-failed', 'the new PIN does not open')
}

async function enter(id: string, code: string): Promise<Unlock> {
  if (!isWriter()) await takeOver()
  await settled()
  const answer = await withLocker(id, code, entered)
  // A wrong number is seen by whoever looks at the tablet next.
  if (answer.kind !== 'open') await session().load()
  return answer
}

/** Somebody is there, with what opens their locker. */
export async function entered(locker: Uint8Array, person: StaffPerson): Promise<void> {
  await changePerson(await withSecrets({ id: person.id, locker, secrets: new Map() }))
  if (person.manager) void catchUp().catch(() => undefined)
}

/** Everything in this person's locker that is a key of a child's record. */
async function withSecrets(person: Person): Promise<Person> {
  const own = session()
  for (const [number, keys] of await readKeys(own.vault)) {
    const key = keys.people[person.id]
    const box = await own.vault.box<{ record: string }>(`child/${number}`)
    if (key === undefined || key.leaving === true || box === undefined) continue
    person.secrets.set(number, await taken(person, keyLabel(box.record, person.id), key.sealed))
  }
  return person
}

async function newStaff(name: string, pin: string, manager: boolean): Promise<StaffPerson> {
  const id = crypto.randomUUID()
  const { secret, publicKeys } = await session().records.ask({ do: 'station-new-person' })
  const sealed = await underPin(id, pin, secret)
  secret.fill(0)
  return { id, name: name.trim(), manager, locker: publicKeys, sealed, tries: NO_TRIES, since: now() }
}

function manager(): Person {
  if (app.station?.person?.manager !== true) throw new Failure('not-allowed', 'only who manages the staff')
  return there()
}

export async function reload(): Promise<void> {
  await session().load()
  session().tabs.tell({ kind: 'changed' })
}

// ---- the staff, in each child's record

/** The person is gone from this tablet first; then each record is told, now or as soon as it can be. */
async function endStaff(id: string): Promise<number> {
  return await tellRecords(async () => {
    const { put, remove } = await gone(id)
    return { put, remove }
  })
}

/**
 * Nobody can open a locker whose PIN is forgotten, and nobody needs to: whoever it was comes back as a new person of the same name,
 * with a new locker and new keys in every record, and the keys in the old one end.
 */
async function giveNewPin(id: string, first: string, second: string): Promise<number> {
  const pin = checkedPin(first, second)
  return await tellRecords(async () => {
    const { person, put, remove } = await gone(id)
    const again = { ...(await newStaff(person.name, pin, person.manager)), since: person.since }
    return { remove, put: [boxOf(again), ...put] }
  })
}

/** Who is to go, what then lies in the directories of the records, and what goes with them: what they typed about a child, too. */
async function gone(id: string): Promise<{ person: StaffPerson; put: [string, unknown][]; remove: string[] }> {
  if (manager().id === id) throw new Failure('not-allowed', 'nobody ends themselves')
  const person = await staffPerson(id)
  const { vault } = session()
  const [keys, own] = [await readKeys(vault), await boxesOf(vault, id)]
  return { person, remove: [staffBox(id), ...own], put: [...keys].map(([number, of]) => [keysBox(number), withLeaving(of, id)]) }
}

async function setManager(id: string, manages: boolean): Promise<void> {
  if (manager().id === id) throw new Failure('not-allowed', 'somebody else decides that')
  await tellRecords(async () => {
    const person = { ...(await staffPerson(id)), manager: manages }
    const keys = manages ? [] : [...(await readKeys(session().vault))]
    return { put: [boxOf(person), ...keys.map(([number, of]) => [keysBox(number), withoutOrganisation(of, id)] as const)] }
  })
}

/** First on this tablet, then in the records. Resolves to how many of them could not be told yet. */
async function tellRecords(change: () => Promise<VaultChange>): Promise<number> {
  const own = session()
  manager()
  await inTurn(async () => own.write(await change()))
  await catchUp()
  await reload()
  const staff = await readStaff(own.vault)
  const left = [...(await readKeys(own.vault)).values()].filter((of) => leaving(of).length > 0 || uncertified(staff, of).length > 0)
  return left.length
}

/** What the manager's key can set right: colleagues who have no key in a record yet, and those who have left. */
async function catchUp(): Promise<void> {
  const own = session()
  const person = manager()
  for (const [number, keys] of await readKeys(own.vault)) {
    const sealed = keys.organisation[person.id]
    const box = await own.vault.box<{ record: string }>(`child/${number}`)
    if (sealed === undefined || box === undefined || !person.secrets.has(number)) continue
    const organisation = await taken(person, organisationLabel(box.record, person.id), sealed)
    await settleStaff(number, box.record, organisation).catch(unlessLater)
    organisation.fill(0)
  }
}
