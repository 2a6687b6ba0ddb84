import { now } from '../../io/clock.ts'
import { afterWrong, NO_TRIES, readCode, waiting, type Tries } from '../../logic/handover.ts'
import { Failure } from '../../logic/result.ts'
import { keyLabel, leaving, newPin, organisationLabel, pinPurpose, withLeaving, type StaffPerson, type Station } from '../../logic/station.ts'
import type { Actions, Unlock } from '../actions.ts'
import { changePerson, isWriter, session, settled, takeOver } from '../boot.ts'
import { replace } from '../router.svelte.ts'
import type { Person } from '../session.ts'
import { keysBox, readKeys, STATION, staffBox } from '../station.ts'
import { app } from '../state.svelte.ts'
import { settleStaff, taken, there, unlessLater } from './staff.svelte.ts'

type StationActions = Pick<Actions, 'setUpStation' | 'enter' | 'leaveTablet' | 'addStaff' | 'endStaff'>

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
    await session().write({ put: [boxOf(await newStaff(name, pin, false))] })
    await catchUp()
    await reload()
  },
  endStaff,
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

/** A try is counted before it is made: an app that is killed meanwhile has used it up. */
async function enter(id: string, code: string): Promise<Unlock> {
  if (!isWriter()) await takeOver()
  await settled()
  const person = await session().vault.box<StaffPerson>(staffBox(id))
  if (person === undefined) throw new Failure('not-allowed', 'not on the staff')
  const { left, tries } = waiting(person.tries, now())
  if (left > 0) {
    await keepTries(person, tries)
    return { kind: 'wait', until: now() + left }
  }
  const after = afterWrong(tries, now())
  await keepTries(person, after)
  const locker = await openedLocker(person, code).catch(async (error: unknown) => {
    await keepTries(person, tries)
    throw error
  })
  if (locker === null) return after.wait > 0 ? { kind: 'wait', until: after.until } : { kind: 'wrong', tries: after.wrong }
  await keepTries(person, NO_TRIES)
  await changePerson(await withSecrets({ id, locker, secrets: new Map() }))
  if (person.manager) void catchUp().catch(() => undefined)
  return { kind: 'open' }
}

async function keepTries(person: StaffPerson, tries: Tries): Promise<void> {
  await session().write({ put: [boxOf({ ...person, tries })] })
}

async function openedLocker(person: StaffPerson, code: string): Promise<Uint8Array | null> {
  const pin = readCode(code)
  if (pin === null) return null
  try {
    return await session().records.ask({ do: 'open-pin', pin, sealed: person.sealed, purpose: pinPurpose(person.id) })
  } catch (error) {
    if (error instanceof Failure && error.code === 'wrong-pin') return null
    throw error
  }
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

function checkedPin(first: string, second: string): string {
  const typed = newPin(first, second)
  if ('problem' in typed) throw new Failure(typed.problem === 'not-digits' ? 'not-a-code' : 'pins-differ')
  return typed.pin
}

async function newStaff(name: string, pin: string, manager: boolean): Promise<StaffPerson> {
  const { records } = session()
  const id = crypto.randomUUID()
  const { secret, publicKeys } = await records.ask({ do: 'station-new-person' })
  const sealed = await records.ask({ do: 'seal-pin', pin, content: secret, purpose: pinPurpose(id) })
  secret.fill(0)
  return { id, name: name.trim(), manager, locker: publicKeys, sealed, tries: NO_TRIES, since: now() }
}

const boxOf = (person: StaffPerson): readonly [string, StaffPerson] => [staffBox(person.id), person]

function manager(): Person {
  if (app.station?.person?.manager !== true) throw new Failure('not-allowed', 'only who manages the staff')
  return there()
}

async function reload(): Promise<void> {
  await session().load()
  session().tabs.tell({ kind: 'changed' })
}

// ---- the staff, in each child's record

/** The person is gone from this tablet first; then each record is told, now or as soon as it can be. */
async function endStaff(id: string): Promise<number> {
  const own = session()
  if (manager().id === id) throw new Failure('not-allowed', 'nobody ends themselves')
  const keys = await readKeys(own.vault)
  await own.write({
    remove: [staffBox(id)],
    put: [...keys].map(([number, of]) => [keysBox(number), withLeaving(of, id)] as const),
  })
  await catchUp()
  await reload()
  const left = [...(await readKeys(own.vault)).values()].filter((of) => leaving(of).length > 0)
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
