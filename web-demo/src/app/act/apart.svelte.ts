import { apartOf } from '../../logic/apart.ts'
import { lateOf, type Late } from '../../logic/late.ts'
import type { Hex } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { Actions } from '../actions.ts'
import { session } from '../boot.ts'
import { app } from '../state.svelte.ts'

type ApartActions = Pick<Actions, 'apart' | 'late' | 'endorse' | 'leaveApart' | 'deeds' | 'accesses' | 'readAccesses'>

export const apartActions: ApartActions = {
  apart: async (child) => {
    const { records } = session()
    return apartOf(await records.ask({ do: 'integrity', child: Number(child) }), await records.asides(Number(child)))
  },
  late,
  endorse,
  leaveApart,
  deeds: (child) => session().records.ask({ do: 'deeds', child: Number(child) }),
  accesses: async (child) => {
    const [records, cards] = await Promise.all([session().accessLog.book(Number(child)), session().cardLog.book(Number(child))])
    return { records, cards }
  },
  readAccesses: async (child) => {
    const own = session()
    await own.openedHere.tell(Number(child))
    const records = await own.accessLog.read(Number(child))
    // The record's list was read, whatever becomes of the other one.
    const cards = await own.cardLog.read(Number(child)).catch(() => own.cardLog.book(Number(child)))
    return { records, cards }
  },
}

async function late(child: ChildId): Promise<Late[]> {
  const own = session()
  const number = Number(child)
  const open = app.open?.id === child ? app.open : null
  return lateOf({
    quarantine: await own.records.ask({ do: 'quarantine', child: number }),
    deeds: await own.records.ask({ do: 'deeds', child: number }),
    view: open?.view ?? null,
    left: await own.left(number),
    manages: (compartment) => open?.rights[compartment] === 'manage',
  })
}

async function endorse(child: ChildId, chunk: Hex): Promise<void> {
  const own = session()
  const summary = app.children.find((one) => one.id === child)
  if (summary === undefined) throw new Failure('child-unknown')
  const [number, at] = [Number(child), own.moment()]
  const reading = await own.records.change({ do: 'endorse', child: number, record: summary.record, chunks: [chunk], now: at.now }, at)
  await own.show(number, reading)
  own.wake(number)
}

async function leaveApart(child: ChildId, chunk: Hex, leave: boolean): Promise<void> {
  const own = session()
  const number = Number(child)
  const others = (await own.left(number)).filter((one) => one !== chunk)
  await own.write({ put: [[`left/${number}`, leave ? [...others, chunk] : others]] })
  await own.refresh(number)
}
