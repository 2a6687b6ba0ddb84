import { readEnvironment } from '../io/environment.ts'
import { Failure } from '../logic/result.ts'
import type { Actions } from './actions.ts'
import type { AppState } from './state.ts'

/** What the app holds. Screens read it; only actions write it. */
export const app: AppState = $state({
  phase: { kind: 'starting' },
  locale: 'ja',
  children: [],
  open: null,
  online: navigator.onLine,
  storage: { persisted: null, usedBytes: null, quotaBytes: null },
  environment: readEnvironment(),
  updateReady: false,
  failure: null,
  now: Date.now(),
})

export const actions: Actions = new Proxy({} as Actions, {
  get: (_, name) => () => Promise.reject(new Failure('core-failed', `${String(name)}: the core is not loaded`)),
})
