import { readEnvironment } from '../io/environment.ts'
import type { Failure } from '../logic/result.ts'
import type { AppState, ChildSummary, KitState, LockState, OpenChild, Phase, StationState, StorageState } from './state.ts'

/** Values are replaced whole, never changed in place: a record is too large to be watched field by field. */
class State implements AppState {
  phase = $state.raw<Phase>({ kind: 'starting' })
  locale = $state.raw<'ja' | 'en'>('ja')
  children = $state.raw<ChildSummary[]>([])
  station = $state.raw<StationState | null>(null)
  open = $state.raw<OpenChild | null>(null)
  online = $state.raw(navigator.onLine)
  storage = $state.raw<StorageState>({ persisted: null, usedBytes: null, quotaBytes: null })
  environment = readEnvironment()
  updateReady = $state.raw(false)
  failure = $state.raw<Failure | null>(null)
  now = $state.raw(Date.now())
  hasReturnCode = $state.raw(false)
  lock = $state.raw<LockState | null>(null)
  kit = $state.raw<KitState | null>(null)
  canInstall = $state.raw(false)
}

/** What the app holds. Screens read it; only actions write it. */
export const app = new State()
