import type { Difference } from '../logic/differences.ts'
import type { LateCount } from '../logic/late.ts'
import type { Glass, GlassOpening } from '../logic/glass.ts'
import type { Made } from '../logic/made.ts'
import type { FirstScreen, Hex, LocalDate, Right, View, Compartment, UnixMillis } from '../logic/model.ts'
import type { Failure } from '../logic/result.ts'
import type { ChildId } from '../logic/route.ts'
import type { SyncStatus } from '../logic/sync.ts'
import type { Environment } from '../io/environment.ts'

/** What the whole window shows. */
export type Phase =
  /** Reading the vault. Cached first screens follow within a moment. */
  | { kind: 'starting' }
  | { kind: 'ready' }
  /**
   * Handed over: one child's first screen and nothing else, until the parent's code. `forgotten`: the parent said the code
   * is forgotten; from that moment on the phone opens without it.
   */
  | { kind: 'handed-over'; child: ChildId; forgotten: UnixMillis | null }
  /** The app's own lock is shut: first screens and cards are shown, nothing else. */
  | { kind: 'locked' }
  /** A shared tablet: it asks who is there, and shows nothing of any child before. */
  | { kind: 'who' }
  /** Another tab of this profile writes. First screens are shown, nothing can be changed here. */
  | { kind: 'reading-only' }
  /** This browser cannot keep a record (in-app browser, private window, too old). `failure.code` says why. */
  | { kind: 'unusable'; failure: Failure }

/** A child on the home screen. */
export interface ChildSummary {
  id: ChildId
  record: Hex
  name: string
  /** `YYYY-MM-DD`, or empty when the family has not said. */
  birthDate: string
  /** JPEG bytes, kept on this device only. Draw it on a canvas: the content policy allows no blob images. */
  photo: Blob | null
  /** When anything was last said, by whoever's clock. */
  changedAt: UnixMillis | null
  /** Facts others said since the child was last looked at here. */
  news: number
  /** Unsettled contradictions. */
  differences: number
  /** What has not come, or was not taken in. */
  apart: number
  /** What somebody wrote too late, and waits for a guardian's word. */
  late: LateCount
  /** The relay said that this device may not read this child any more. */
  removed: boolean
  /** When it was said on this device that the child, now of age, is not to decide yet. */
  grownPutOff: LocalDate | null
  /** What officers opened, and nobody here said to have seen; newest first. */
  openings: GlassOpening[]
  /** Cards and prints made before an emergency fact changed. */
  outOfDate: Made[]
  /** May this device edit anything? */
  canEdit: boolean
  sync: SyncStatus
  /** Only its first screen is here: its keys went with a lock that was given up. */
  onlyScreen: boolean
}

/** The child whose pages are open. */
export interface OpenChild {
  id: ChildId
  record: Hex
  device: Hex
  /** There at once, from the cache; then from the core. */
  first: FirstScreen
  /** Arrives when the core has read the record; until then editing waits. */
  view: View | null
  differences: Difference[]
  made: Made[]
  /** This device's rights; empty until the core has read the record. */
  rights: Partial<Record<Compartment, Right>>
  /** Arrives with the view. */
  glass: Glass | null
}

export interface LockState {
  hasPasskey: boolean
  /** Minutes out of sight until it shuts. */
  minutes: number
}

export interface KitState {
  /** `null`: nobody here knows. */
  madeAt: UnixMillis | null
  /** Three words were asked back, and were right. */
  tested: boolean
  /** Records in which the paper counts. */
  records: Hex[]
  /** Records in which a paper before it still counts. */
  old: Hex[]
}

export interface StorageState {
  /** `null`: not asked yet. */
  persisted: boolean | null
  usedBytes: number | null
  quotaBytes: number | null
}

/** A tablet that an organisation's staff share. */
export interface StationState {
  name: string
  /** Kind, by the name of its preset. */
  preset: string
  people: StationPerson[]
  /** Who is there: everything that is written is theirs. */
  person: StationPerson | null
}

/** Somebody on the staff. */
export interface StationPerson {
  id: string
  name: string
  /** Adds and ends colleagues. */
  manager: boolean
  /** Words on paper against a forgotten number. `untested`: nobody has asked any of them back. */
  paper: 'none' | 'untested' | 'tested'
  /** Children whose record does not open for them yet. */
  closed: number
  /** After wrong numbers, none is taken until then; 0 if at once. */
  waitUntil: UnixMillis
}

/** What the app holds. `ui/` reads it; only the store's actions write it. */
export interface AppState {
  phase: Phase
  locale: 'ja' | 'en'
  children: ChildSummary[]
  /** `null`: a family's or a person's own device. */
  station: StationState | null
  open: OpenChild | null
  online: boolean
  storage: StorageState
  environment: Environment
  /** A newer version waits; it starts when the parent says so. */
  updateReady: boolean
  /** The last refusal, until dismissed. Actions also throw it. */
  failure: Failure | null
  /** The minute, for ages and phone order by the hour. Ticks once a minute. */
  now: UnixMillis
  /** Has the parent chosen a code for taking the phone back? */
  hasReturnCode: boolean
  /** The app's own lock, as its owner chose it; `null`: none. */
  lock: LockState | null
  /** The words on paper; `null`: none were made on this phone. */
  kit: KitState | null
  /** The browser offers to install the app: `actions.install` asks. iPhones never do. */
  canInstall: boolean
}
