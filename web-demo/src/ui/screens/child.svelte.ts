/** Every page of one child opens that child, and shows nothing of another while it does. */
import { untrack } from 'svelte'
import { actions, app } from '../../app/store.svelte.ts'
import type { ChildSummary, OpenChild } from '../../app/state.ts'
import type { Compartment, FactView, Right } from '../../logic/model.ts'
import type { ChildId } from '../../logic/route.ts'
import { sayings } from '../facts.ts'

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

const RIGHTS: readonly Right[] = ['read', 'append', 'write', 'confirm', 'manage']

/** Does this device have at least this right there? */
export function may(open: OpenChild | null, compartment: Compartment, needed: Right): boolean {
  const right = open?.rights[compartment]
  return right !== undefined && RIGHTS.indexOf(right) >= RIGHTS.indexOf(needed)
}

/** May it change this fact? Who only appends changes only what it said itself. */
export function mayChange(open: OpenChild | null, fact: FactView): boolean {
  if (may(open, fact.compartment, 'write')) return true
  return may(open, fact.compartment, 'append') && sayings(fact).every((said) => said.author.device === open?.device)
}

/** Only a professional signs: a parent may do everything, but a parent's word is no professional's signature. */
export function maySign(open: OpenChild | null, fact: FactView): boolean {
  return open?.rights[fact.compartment] === 'confirm'
}
