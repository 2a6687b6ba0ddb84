import { now } from '../../io/clock.ts'
import { afterWrong, NO_TRIES, readCode, waiting, type Tries } from '../../logic/handover.ts'
import { Failure } from '../../logic/result.ts'
import { newPin, pinPurpose, type StaffPerson } from '../../logic/station.ts'
import type { Unlock } from '../actions.ts'
import { session } from '../boot.ts'
import { staffBox } from '../station.ts'

// Lockers of a shared tablet's staff, and the PINs they open with.

export const boxOf = (person: StaffPerson): readonly [string, StaffPerson] => [staffBox(person.id), person]

export async function staffPerson(id: string): Promise<StaffPerson> {
  const person = await session().vault.box<StaffPerson>(staffBox(id))
  if (person === undefined) throw new Failure('not-allowed', 'not on the staff')
  return person
}

export function checkedPin(first: string, second: string): string {
  const typed = newPin(first, second)
  if ('problem' in typed) throw new Failure(typed.problem === 'not-digits' ? 'not-a-code' : 'pins-differ')
  return typed.pin
}

/** A locker's secret keys under its owner's PIN. */
export function underPin(id: string, pin: string, locker: Uint8Array): Promise<Uint8Array> {
  return session().records.ask({ do: 'seal-pin', pin, content: locker, purpose: pinPurpose(id) })
}

/**
 * Does something with what is in somebody's locker, if the PIN is theirs; whoever does it wipes it. A try is counted before it is
 * made: an app that is killed meanwhile has used it up.
 */
export async function withLocker(id: string, code: string, act: (locker: Uint8Array, person: StaffPerson) => Promise<void>): Promise<Unlock> {
  const person = await staffPerson(id)
  const { left, tries } = waiting(person.tries, now())
  if (left > 0) {
    await keepTries(person, tries)
    return { kind: 'wait', until: now() + left }
  }
  const after = afterWrong(tries, now())
  await keepTries(person, after)
  const locker = await opened(person, code).catch(async (error: unknown) => {
    await keepTries(person, tries)
    throw error
  })
  if (locker === null) return after.wait > 0 ? { kind: 'wait', until: after.until } : { kind: 'wrong', tries: after.wrong }
  await keepTries(person, NO_TRIES)
  await act(locker, { ...person, tries: NO_TRIES })
  return { kind: 'open' }
}

async function keepTries(person: StaffPerson, tries: Tries): Promise<void> {
  await session().write({ put: [boxOf({ ...person, tries })] })
}

async function opened(person: StaffPerson, code: string): Promise<Uint8Array | null> {
  const pin = readCode(code)
  if (pin === null) return null
  try {
    return await session().records.ask({ do: 'open-pin', pin, sealed: person.sealed, purpose: pinPurpose(person.id) })
  } catch (error) {
    if (error instanceof Failure && error.code === 'wrong-pin') return null
    throw error
  }
}
