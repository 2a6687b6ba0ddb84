import { hashCode, isCode } from '../../io/code.ts'
import { now, today } from '../../io/clock.ts'
import { install } from '../../io/install.ts'
import { askToPersist, readStorage } from '../../io/storage.ts'
import { startUpdate } from '../../io/updates.ts'
import { afterWrong, FORGOTTEN_MS, NO_TRIES, readCode, waiting } from '../../logic/handover.ts'
import { withMade } from '../../logic/made.ts'
import { Failure } from '../../logic/result.ts'
import type { Actions, Unlock } from '../actions.ts'
import { session, takenBack, takeOver } from '../boot.ts'
import { replace } from '../router.svelte.ts'
import type { Settings } from '../settings.ts'
import { app } from '../state.svelte.ts'

type DeviceActions = Pick<
  Actions,
  | 'lockFor' | 'setReturnCode' | 'unlock' | 'forgotCode' | 'card' | 'sheet' | 'markMade' | 'discardMade'
  | 'setLocale' | 'persistStorage' | 'install' | 'takeOver' | 'syncNow' | 'update' | 'dismissFailure'
>

export const deviceActions: DeviceActions = {
  lockFor: async (child) => {
    // Locked on the screen first: whoever taps 医師に見せる must not wait for a disk.
    app.phase = { kind: 'handed-over', child, forgotten: null }
    replace({ name: 'doctor', child })
    await session().saveSettings({ handedOver: Number(child), forgotten: null, tries: NO_TRIES })
  },
  setReturnCode: async (text) => {
    const code = text === null ? null : readCode(text)
    if (text !== null && code === null) throw new Failure('not-a-code')
    await session().saveSettings({ returnCode: code === null ? null : await hashCode(code), tries: NO_TRIES })
  },
  unlock,
  forgotCode: async () => {
    const forgotten = session().settings.forgotten ?? now() + FORGOTTEN_MS
    await session().saveSettings({ forgotten })
    if (app.phase.kind === 'handed-over') app.phase = { ...app.phase, forgotten }
  },

  card: (child) => session().records.ask({ do: 'card', child: Number(child), host: location.host, today: today() }),
  sheet: (child) =>
    session().records.ask({ do: 'sheet', child: Number(child), host: location.host, today: today(), lang: app.locale }),
  markMade: async (child, kind, generation) => {
    const own = session()
    const number = Number(child)
    const cached = await own.cached(number)
    if (cached === undefined) throw new Failure('child-unknown')
    if (app.open?.id !== child) throw new Failure('wrong-child')
    const { device } = app.open
    const there = app.station?.person
    const by = there ? { by: { person: there.id, name: there.name } } : {}
    const item = { id: crypto.randomUUID(), kind, at: now(), standing: cached.standing, generation, device, ...by }
    await own.write({ put: [[`made/${number}`, withMade(await own.made(number), item)]] })
    await own.refresh(number)
    void own.announceCards(number)
  },
  discardMade: async (child, made) => {
    const own = session()
    const number = Number(child)
    await own.write({ put: [[`made/${number}`, (await own.made(number)).filter((m) => m.id !== made.id)]] })
    await own.refresh(number)
  },

  setLocale: async (locale) => {
    app.locale = locale
    await session().saveSettings({ locale })
  },
  persistStorage: async () => {
    const persisted = await askToPersist()
    app.storage = await readStorage()
    return persisted
  },
  install,
  takeOver,
  syncNow: () => session().wakeAll(),
  update: () => {
    // The tab that writes may be in the middle of an edit.
    if (app.phase.kind === 'reading-only') throw new Failure('writer-elsewhere')
    void startUpdate()
  },
  dismissFailure: () => (app.failure = null),
}

async function unlock(text: string): Promise<Unlock> {
  const own = session()
  const { returnCode, tries, forgotten } = own.settings
  const free = returnCode === null || (forgotten !== null && forgotten <= now())
  if (!free) {
    const { left, tries: still } = waiting(tries, now())
    if (left > 0) {
      await own.saveSettings({ tries: still })
      return { kind: 'wait', until: still.until }
    }
    const code = readCode(text)
    if (code === null || !(await isCode(code, returnCode))) {
      const after = afterWrong(tries, now())
      await own.saveSettings({ tries: after })
      return after.until > now() ? { kind: 'wait', until: after.until } : { kind: 'wrong', tries: after.wrong }
    }
  }
  await open(own.settings, forgotten !== null && free)
  return { kind: 'open' }
}

/** A forgotten code is gone with the first return, so that the parent can choose another. */
async function open(settings: Settings, forget: boolean): Promise<void> {
  const child = settings.handedOver
  await session().saveSettings({
    handedOver: null,
    forgotten: null,
    tries: NO_TRIES,
    ...(forget ? { returnCode: null } : {}),
  })
  await takenBack(() => replace(child === null || app.station !== null ? { name: 'home' } : { name: 'child', child: String(child) }))
}
