import { now } from '../../io/clock.ts'
import type { Edit, FactId, Fields, How, Told } from '../../logic/model.ts'
import { BECAUSE } from '../../logic/differences.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import { checkEdits, checkSeen, checkTicket, draftKey, seenOf, type EditTicket } from '../../logic/ticket.ts'
import type { Actions, HistoryItem } from '../actions.ts'
import { session } from '../boot.ts'
import { here } from '../router.svelte.ts'
import { draftsOf } from '../station.ts'
import { app } from '../state.svelte.ts'

type EditActions = Pick<
  Actions,
  'ticket' | 'edit' | 'formDraft' | 'saveFormDraft' | 'settle' | 'settlePresence' | 'confirm' | 'history' | 'exportJson' | 'importJson'
>

export const editActions: EditActions = {
  ticket,
  edit,
  formDraft: async (key) => (await session().vault.box<Fields>(draftBox(key))) ?? null,
  saveFormDraft: (key, fields) => {
    const name = draftBox(key)
    return session().write(fields === null ? { remove: [name] } : { put: [[name, $state.snapshot(fields)]] })
  },
  settle: async (ticket, difference, value, reason, how) => {
    if (difference.what !== 'field') throw new Failure('not-allowed', 'not a field')
    const { compartment, fact, field } = difference
    await edit(ticket, [{ do: 'set', compartment, fact, fields: because({ [field]: value }, reason), how }])
  },
  settlePresence: async (ticket, difference, holds, reason, how) => {
    const { compartment, fact } = difference
    await edit(ticket, [holds ? { do: 'say-again', compartment, fact, how } : { do: 'retract', compartment, fact, reason, how }])
  },
  confirm: (ticket, compartment, statement, how) => change(ticket, [{ do: 'confirm', compartment, statement, how }]),
  history,
  exportJson: (child) => session().records.ask({ do: 'export', child: Number(child) }),
  importJson: async (ticket, json) => {
    checkTicket(ticket, app.open, here())
    await keep(ticket, { do: 'import', json })
  },
}

/** What one person typed on a shared tablet is not there for the next to save as their own. */
function draftBox(key: string): string {
  const person = session().person?.id
  return person === undefined ? `draft/form/${key}` : draftsOf(person) + key
}

function ticket(child: ChildId, fact: FactId | null): EditTicket {
  const summary = app.children.find((c) => c.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const view = app.open?.id === child ? app.open.view : null
  // A form shows what stands; while the core still reads the record there is nothing to show.
  if (fact !== null && view === null) throw new Failure('core-starting')
  const seen = view === null ? '' : seenOf(view, fact)
  return Object.freeze({ child, record: summary.record, name: summary.name, fact, openedAt: now(), seen })
}

async function edit(ticket: EditTicket, edits: readonly Edit[]): Promise<void> {
  checkEdits(ticket, edits)
  await change(ticket, edits)
}

/** Checked before anything is awaited, so that the place checked is the place where the button was pressed. */
async function change(ticket: EditTicket, edits: readonly Edit[]): Promise<void> {
  checkTicket(ticket, app.open, here())
  const kind = edits.find((e) => e.do === 'add')?.kind ?? ''
  await keep(ticket, { do: 'edit', edits: $state.snapshot(edits) }, [draftBox(draftKey(ticket, kind))])
}

type Change = { do: 'edit'; edits: readonly Edit[] } | { do: 'import'; json: string }

async function keep(ticket: EditTicket, change: Change, remove: string[] = []): Promise<void> {
  const own = session()
  const at = own.moment()
  const number = Number(ticket.child)
  // The ticket's record goes along: the core refuses if the child of this number is another.
  const request = { ...change, child: number, record: ticket.record, now: at.now }
  const reading = await own.records.change(request, at, { remove }, (view) => checkSeen(ticket, view))
  await own.show(number, reading)
  own.wake(number)
}

async function history(child: ChildId, fact: FactId): Promise<HistoryItem[]> {
  const found = app.open?.id === child ? app.open.view?.facts.find((f) => f.id === fact) : undefined
  if (found === undefined) return []
  const told = await session().records.ask({ do: 'history', child: Number(child), compartment: found.compartment, fact })
  return told.map(toItem)
}

function toItem({ statement, author, superseded_by, answered_by }: Told): HistoryItem {
  return {
    statement: statement.id,
    author: author ?? { device: '', name: '', role: 'other' },
    counts: author !== null,
    at: statement.said_at,
    how: statement.how,
    body: statement.body,
    superseded_by: [...new Set([...Object.values(superseded_by ?? {}).flat(), ...(answered_by ?? [])])],
  }
}

/** The decision, and beside it why it was made. */
function because(fields: Fields, reason: string): Fields {
  return reason.trim() === '' ? fields : { ...fields, [BECAUSE]: reason.trim() }
}

/** How somebody knows, when a form does not ask. */
export const SEEN: How = { way: 'observed' }
