/** Who can see the open child's record: read again whenever the record changes. */
import { actions, app } from '../../app/store.svelte.ts'
import type { Preset, Reader } from '../../logic/access.ts'
import type { Hex } from '../../logic/model.ts'
import { expiredDevices } from '../../logic/standing.ts'
import { todayOf } from '../text.ts'
import type { OpenedChild } from './child.svelte.ts'

export interface Access {
  /** `null`: not read yet. */
  readonly readers: readonly Reader[] | null
  readonly own: Reader | undefined
  /** Devices of people whose time is over. */
  readonly expired: ReadonlySet<Hex>
  person(id: Hex): Reader | undefined
}

/** Call while a component initialises. */
export function useAccess(opened: OpenedChild): Access {
  let readers = $state.raw<Reader[] | null>(null)
  const today = $derived(todayOf(app.now))
  const expired = $derived(expiredDevices(readers ?? [], today))
  $effect(() => {
    const open = opened.open
    if (open?.view === null || open === null || app.phase.kind !== 'ready') return
    let left = false
    actions.accessList(open.id).then(
      (list) => {
        if (!left) readers = list
      },
      () => undefined,
    )
    return () => (left = true)
  })
  return {
    get readers() {
      return readers
    },
    get own() {
      return readers?.find((reader) => reader.own)
    },
    get expired() {
      return expired
    },
    person: (id) => readers?.find((reader) => reader.holder.id === id),
  }
}

/** The core's table of roles, once it has answered. */
export function usePresets(): { readonly all: readonly Preset[] } {
  let all = $state.raw<readonly Preset[]>([])
  $effect(() => {
    if (app.phase.kind !== 'ready') return
    actions.presets().then(
      (presets) => (all = presets),
      () => undefined,
    )
  })
  return {
    get all() {
      return all
    },
  }
}
