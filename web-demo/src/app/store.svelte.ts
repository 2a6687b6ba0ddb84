import { asFailure } from '../logic/result.ts'
import { accessActions } from './act/access.svelte.ts'
import { apartActions } from './act/apart.svelte.ts'
import { childActions } from './act/children.svelte.ts'
import { deviceActions } from './act/device.svelte.ts'
import { farActions } from './act/far.svelte.ts'
import { glassActions } from './act/glass.svelte.ts'
import { officerActions } from './act/officer.svelte.ts'
import { editActions } from './act/editing.svelte.ts'
import { lockActions } from './act/lock.svelte.ts'
import { peopleActions } from './act/people.svelte.ts'
import { organisationActions } from './act/organisation.svelte.ts'
import { ownPinActions } from './act/own-pin.svelte.ts'
import { recoveryActions } from './act/recovery.svelte.ts'
import { stationActions } from './act/station.svelte.ts'
import type { Actions } from './actions.ts'
import { app } from './state.svelte.ts'

export { app }

/** Every action, with what it refuses kept in `app.failure` until it is dismissed. */
export const actions: Actions = withFailures({
  ...childActions,
  ...editActions,
  ...deviceActions,
  ...peopleActions,
  ...accessActions,
  ...farActions,
  ...lockActions,
  ...recoveryActions,
  ...apartActions,
  ...stationActions,
  ...ownPinActions,
  ...organisationActions,
  ...glassActions,
  ...officerActions,
})

function withFailures(plain: Actions): Actions {
  const entries = Object.entries(plain) as [string, (...args: unknown[]) => unknown][]
  return Object.fromEntries(entries.map(([name, act]) => [name, (...args: unknown[]) => told(act, args)])) as unknown as Actions
}

function told(act: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  try {
    const result = act(...args)
    return result instanceof Promise ? result.catch(tell) : result
  } catch (error) {
    return tell(error)
  }
}

function tell(error: unknown): never {
  // A pairing that the person left is no failure.
  if (error instanceof DOMException && error.name === 'AbortError') throw error
  app.failure = asFailure(error)
  throw app.failure
}
