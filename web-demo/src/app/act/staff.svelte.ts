import { now } from '../../io/clock.ts'
import { Failure } from '../../logic/result.ts'
import { keyLabel, leaving, organisationLabel, uncertified, unentrusted, without, type StaffKey, type StaffKeys, type StaffPerson } from '../../logic/station.ts'
import { session } from '../boot.ts'
import type { Person } from '../session.ts'
import { keysBox, readStaff, readStation } from '../station.ts'
import { app } from '../state.svelte.ts'

// Who of the staff is in a child's record, and what lies in whose locker.

/** Whoever said who they are. */
export function there(): Person {
  const { person } = session()
  if (person === null) throw new Failure('not-allowed', 'nobody has said who they are')
  return person
}

export const put = (locker: Uint8Array, label: string, secret: Uint8Array): Promise<Uint8Array> =>
  session().records.ask({ do: 'locker-put', locker, label, secret })
export const taken = (person: Person, label: string, sealed: Uint8Array): Promise<Uint8Array> =>
  session().records.ask({ do: 'locker-take', secret: person.locker, label, sealed })

/** The record, or its keys, may still be on their way: another time. */
export function unlessLater(error: unknown): undefined {
  if (error instanceof Failure && ['keys-incomplete', 'key-owed', 'not-begun', 'no-key', 'offline'].includes(error.code)) return undefined
  throw error
}

/** One after the other: what lies in the lockers is read, added to and written back. */
let last: Promise<unknown> = Promise.resolve()

export function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const next = last.then(act)
  last = next.catch(() => undefined)
  return next
}

/**
 * Certifies colleagues who are not in the record yet, entrusts those who manage the staff, and ends those who have left. What cannot
 * be done before a phone of the family was online is done another time.
 */
export function settleStaff(number: number, record: string, organisation: Uint8Array): Promise<void> {
  return inTurn(async () => {
    const own = session()
    const staff = await readStaff(own.vault)
    const before = (await own.vault.box<StaffKeys>(keysBox(number))) ?? { organisation: {}, people: {} }
    let keys = before
    for (const person of uncertified(staff, keys)) {
      keys = (await certify(number, record, organisation, person, keys).catch(unlessLater)) ?? keys
    }
    for (const person of unentrusted(staff, keys)) {
      const sealed = await put(person.locker, organisationLabel(record, person.id), organisation)
      keys = { ...keys, organisation: { ...keys.organisation, [person.id]: sealed } }
      await own.write({ put: [[keysBox(number), keys]] })
    }
    for (const [id, key] of leaving(keys)) {
      keys = without(keys, id)
      const change = { do: 'staff-end', child: number, organisation, device: key.device, now: now() } as const
      await own.show(number, await own.records.change(change, own.moment(), { put: [[keysBox(number), keys]] }))
    }
    if (keys === before) return
    own.wake(number)
    app.station = await readStation(own.vault, own.person?.id ?? null)
  })
}

async function certify(number: number, record: string, organisation: Uint8Array, person: StaffPerson, keys: StaffKeys): Promise<StaffKeys> {
  const own = session()
  const { secret, publicKeys, device } = await own.records.ask({ do: 'station-new-person' })
  const sealed = await put(person.locker, keyLabel(record, person.id), secret)
  secret.fill(0)
  const forManager = person.manager
    ? { [person.id]: await put(person.locker, organisationLabel(record, person.id), organisation) }
    : {}
  const key: StaffKey = { name: person.name, device, sealed }
  const after = { organisation: { ...keys.organisation, ...forManager }, people: { ...keys.people, [person.id]: key } }
  // The role is the one the family gave to the organisation's staff.
  const member = { name: person.name, role: 'other' as const, organisation: app.station?.name ?? '' }
  const change = { do: 'staff-join', child: number, organisation, publicKeys, member, now: now() } as const
  await own.show(number, await own.records.change(change, own.moment(), { put: [[keysBox(number), after]] }))
  return after
}
