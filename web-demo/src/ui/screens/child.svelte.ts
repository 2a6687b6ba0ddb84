/** Every page of one child opens that child, and shows nothing of another while it does. */
import { untrack } from 'svelte'
import { actions, app } from '../../app/store.svelte.ts'
import type { ChildSummary, OpenChild } from '../../app/state.ts'
import type { Compartment } from '../../logic/model.ts'
import type { ChildId } from '../../logic/route.ts'

export interface OpenedChild {
  readonly summary: ChildSummary | undefined
  /** Only ever the child of this page. */
  readonly open: OpenChild | null
  readonly failed: boolean
}

/** Call while a component initialises. */
export function useChild(child: () => ChildId): OpenedChild {
  let failed = $state(false)
  $effect(() => {
    failed = false
    const id = child()
    // What opening reads is no reason to open again.
    untrack(() => actions.openChild(id)).catch(() => (failed = true))
  })
  return {
    get summary() {
      return app.children.find((one) => one.id === child())
    },
    get open() {
      return app.open?.id === child() ? app.open : null
    },
    get failed() {
      return failed
    },
  }
}

/** May this device change what others said there? */
export function may(open: OpenChild | null, compartment: Compartment): boolean {
  const right = open?.rights[compartment]
  return right !== undefined && right !== 'read'
}
