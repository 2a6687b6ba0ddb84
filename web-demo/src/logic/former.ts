/** Who was in the record and is not any more. */
import type { Reader } from './access.ts'
import type { Deed, Hex, LocalDate, Role, UnixMillis, View } from './model.ts'

/** Somebody who holds nothing any more. */
export interface Former {
  /** Their first key. */
  device: Hex
  /** Empty if no manager gave one. */
  name: string
  role: Role
  organisation: string
  /** When it ended, by the clock of whoever ended it; `null`: nobody ended it, what it rested on went. */
  until: UnixMillis | null
  /** The last day of what they were given, if that is why it was closed. */
  lastDay: LocalDate | null
}

const BEGINS: readonly Deed['what'][] = ['genesis', 'grant', 'staff-join']
const ENDS: readonly Deed['what'][] = ['revoke', 'close', 'staff-end', 'remove-device']

/**
 * Those who went last come first. Whoever was never let in by anything that counts was not in it, and whoever reads with other
 * keys now, by name and organisation, is still here: a forgotten number or a lost phone gives new ones.
 */
export function formerOf(deeds: readonly Deed[], readers: readonly Reader[], view: View): Former[] {
  const here = new Set(readers.flatMap(({ holder, devices }) => [holder.id, ...devices.map(({ device }) => device)]))
  const counting = deeds.filter(({ in_force }) => in_force)
  const letIn = counting.filter(({ what }) => BEGINS.includes(what)).flatMap(({ devices }) => devices)
  const gone = [...new Set(letIn)].filter((device) => !here.has(device))
  const ends = counting.filter(({ what }) => ENDS.includes(what))
  const former = gone.map((device) => {
    const theirs = ends.filter(({ devices }) => devices.includes(device)).sort((a, b) => b.at - a.at)
    const [last] = theirs
    const closed = last?.what === 'close' ? deeds.find(({ id }) => id === last.grant)?.until : undefined
    return { device, ...named(device, view), until: last?.at ?? null, lastDay: closed ?? null }
  })
  const still = former.filter(({ name, organisation }) => name === '' || !readers.some((reader) => reader.name === name && reader.organisation === organisation))
  return still.sort((a, b) => (b.until ?? 0) - (a.until ?? 0))
}

function named(device: Hex, view: View): Pick<Former, 'name' | 'role' | 'organisation'> {
  const said = view.facts.find(({ kind, fields }) => kind === 'member' && fields['device']?.values[0]?.value === device)
  const text = (field: string): string => {
    const value = said?.fields[field]?.values[0]?.value
    return typeof value === 'string' ? value : ''
  }
  return { name: text('name'), role: text('role') === '' ? 'other' : (text('role') as Role), organisation: text('organisation') }
}
