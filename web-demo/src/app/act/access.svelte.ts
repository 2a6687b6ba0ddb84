import { today } from '../../io/clock.ts'
import type { GrantTerms, Preset, Reader } from '../../logic/access.ts'
import type { Made } from '../../logic/made.ts'
import type { Edit, FactId, Hex, How, Member, Rights } from '../../logic/model.ts'
import { paperOf } from '../../logic/papers.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { Admitted, PairingRequest } from '../actions.ts'
import { session } from '../boot.ts'
import type { ChangeRequest } from '../records.ts'
import { app } from '../state.svelte.ts'
import { admit } from './people.svelte.ts'

/** Who may see the record: offered, given with a consent, listed, taken back. */
export interface AccessActions {
  /** What each actor is offered. */
  presets(): Promise<Preset[]>
  /** Everybody who can see something of the record, today. */
  accessList(child: ChildId): Promise<Reader[]>
  /** Lets somebody in on terms; a consent among them is written down with it. */
  grantOn(child: ChildId, request: PairingRequest, member: Member, rights: Rights, terms: GrantTerms): Promise<Admitted>
  /** A further grant to somebody the record knows: a renewal. `device`: one of theirs. */
  grantAgain(child: ChildId, device: Hex, member: Member, rights: Rights, terms: GrantTerms): Promise<void>
  /** The same for an organisation, by its key: its tablets and staff go on as they are. */
  renewOrganisation(child: ChildId, organisation: Hex, rights: Rights, terms: GrantTerms): Promise<void>
  /** Takes a grant back, and marks its consent as withdrawn. */
  withdraw(child: ChildId, grant: Hex): Promise<void>
  /** Takes a grant back that has no consent. */
  revoke(child: ChildId, grant: Hex): Promise<void>
  /** Says that a grant whose last day is over has ended. */
  closeGrant(child: ChildId, grant: Hex): Promise<void>
  /** A lost phone: out of the record. */
  removeDevice(child: ChildId, device: Hex): Promise<void>
  /** The child is of age, and the family does not want to let it decide now: asked again much later. */
  putOffGrown(child: ChildId): Promise<void>
  /** Who was given a card or print, to be recalled like a key. */
  notePaper(child: ChildId, paper: { to: string; what: string; generation: number }): Promise<void>
  /** Says so of a card or print that was handed out. */
  recallPaper(child: ChildId, fact: FactId): Promise<void>
  /** The same of what this phone made, when nobody wrote down whom it was for. */
  recallUnnamed(child: ChildId, made: Made): Promise<void>
}

export const accessActions: AccessActions = {
  presets: () => session().records.ask({ do: 'presets' }),
  accessList: (child) => session().records.ask({ do: 'access-list', child: Number(child), today: today() }),
  grantOn: (child, request, member, rights, terms) => {
    const { publicKeys } = request
    return admit(child, request, { do: 'grant-on', child: Number(child), publicKeys, member, rights, terms, now: now() })
  },
  grantAgain: (child, device, member, rights, terms) =>
    change(child, { do: 'grant-again', child: Number(child), device, member, rights, terms, now: now() }),
  renewOrganisation: (child, organisation, rights, terms) =>
    change(child, { do: 'renew-organisation', child: Number(child), organisation, rights, terms, now: now() }),
  withdraw: (child, grant) => change(child, { do: 'withdraw', child: Number(child), grant, ...session().moment() }),
  revoke: (child, grant) => change(child, { do: 'revoke', child: Number(child), grant, now: now() }),
  closeGrant: (child, grant) => change(child, { do: 'close-grant', child: Number(child), grant, now: now() }),
  putOffGrown: async (child) => {
    await session().write({ put: [[`grown/${child}`, today()]] })
    await session().refresh(Number(child))
  },
  notePaper: (child, { to, what, generation }) => {
    const fields = { to, what, made_on: today(), generation: String(generation) }
    return said(child, { do: 'add', compartment: 'consents', kind: 'paper-copy', fields, how: OBSERVED })
  },
  recallPaper: (child, fact) =>
    said(child, { do: 'set', compartment: 'consents', fact, fields: { withdrawn_on: today() }, how: OBSERVED }),
  recallUnnamed: (child, made) => {
    const fields = { what: paperOf(made.kind), made_on: today(new Date(made.at)), generation: String(made.generation ?? 0), withdrawn_on: today() }
    return said(child, { do: 'add', compartment: 'consents', kind: 'paper-copy', fields, how: OBSERVED })
  },
  removeDevice: (child, device) => change(child, { do: 'remove-device', child: Number(child), device, now: now() }),
}

function now(): number {
  return session().moment().now
}

const OBSERVED: How = { way: 'observed' }

async function said(child: ChildId, edit: Edit): Promise<void> {
  const open = app.open
  if (open === null || open.id !== child) throw new Failure('wrong-child')
  await change(child, { do: 'edit', child: Number(child), record: open.record, edits: [edit], now: now() })
}

/** Done on this phone when it resolves; it leaves as soon as there is a network. */
async function change(child: ChildId, request: ChangeRequest): Promise<void> {
  const own = session()
  const reading = await own.records.change(request, own.moment())
  await own.show(Number(child), reading)
  own.wake(Number(child))
}
