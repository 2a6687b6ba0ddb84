import { today } from '../../io/clock.ts'
import { askToPersist, readStorage } from '../../io/storage.ts'
import { asFailure, Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import { problems, startEdits, type StartDraft } from '../../logic/start.ts'
import type { Opened } from '../../logic/opened.ts'
import type { Actions } from '../actions.ts'
import { session, showCached } from '../boot.ts'
import { app } from '../state.svelte.ts'
import type { Phase } from '../state.ts'
import { coverIfManaged } from './recovery.svelte.ts'

const DRAFT = 'draft/start'

type ChildActions = Pick<
  Actions,
  'startDraft' | 'saveStartDraft' | 'dropStartDraft' | 'createChild' | 'openChild' | 'closeChild' | 'setPhoto' | 'markSeen'
>

export const childActions: ChildActions = {
  startDraft: async () => (await session().vault.box<StartDraft>(DRAFT)) ?? null,
  saveStartDraft: (draft) => {
    // By the time the parent is done typing, the core is there.
    session().records.warm()
    return session().write({ put: [[DRAFT, $state.snapshot(draft)]] })
  },
  dropStartDraft: () => session().write({ remove: [DRAFT] }),
  createChild,
  openChild,
  closeChild: () => (app.open = null),
  setPhoto,
  markSeen: async (child) => {
    await session().write({ put: [[`news/${child}`, 0]] })
    await session().refresh(Number(child))
  },
}

async function createChild(draft: StartDraft): Promise<ChildId> {
  const own = session()
  const at = own.moment()
  const [first] = problems(draft, at.today)
  if (first !== undefined) throw new Failure('draft-incomplete', first.field)
  const number = own.settings.nextChild
  const after = { nextChild: number + 1 }
  const guardian = (draft.values.guardian ?? '').trim()
  const reading = await own.records.create(number, guardian, startEdits(draft, at.today), at, {
    put: [own.settingsBox(after)],
    remove: [DRAFT],
  })
  own.adoptSettings(after)
  await own.show(number, reading)
  await coverIfManaged(String(number)).catch((error: unknown) => (app.failure = asFailure(error)))
  void own.startSync(number).catch(() => undefined)
  // The first thing worth keeping is there: now the question makes sense to the browser and to the person.
  void askToPersist().then(async () => (app.storage = await readStorage()))
  return String(number)
}

/**
 * Shows what was cached at once, then what the core reads. The cache is written together with every change, so a phone that
 * is handed over needs nothing more than it.
 */
async function openChild(child: ChildId): Promise<void> {
  await showCached(child)
  void session().openedHere.note(Number(child), wayOf(app.phase))
  if (app.phase.kind !== 'ready' || app.children.some((one) => one.id === child && one.onlyScreen)) return
  const own = session()
  const reading = await own.records.read(Number(child), today())
  if (app.open?.id === child) await own.show(Number(child), reading)
}

/** How somebody looks at a child's pages now. */
function wayOf(phase: Phase): Opened['way'] {
  if (phase.kind === 'handed-over') return 'handed-over'
  return phase.kind === 'locked' ? 'locked' : 'read'
}

async function setPhoto(child: ChildId, photo: Blob | null): Promise<void> {
  const name = `photo/${child}`
  if (photo === null) await session().write({ remove: [name] })
  else await session().write({ put: [[name, new Uint8Array(await photo.arrayBuffer())]] })
  await session().refresh(Number(child))
}
