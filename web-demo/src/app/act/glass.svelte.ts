import type { GlassOpening, OfficersList } from '../../logic/glass.ts'
import { readTownCode } from '../../logic/glass.ts'
import type { Hex, LocalDate } from '../../logic/model.ts'
import { Failure } from '../../logic/result.ts'
import type { ChildId } from '../../logic/route.ts'
import type { OfficerAnswers } from '../../worker/officer.ts'
import { session } from '../boot.ts'
import type { ChangeRequest } from '../records.ts'
import { app } from '../state.svelte.ts'

/** A municipality's list as it was found, and what it says. */
export interface FoundList {
  bytes: Uint8Array
  says: OfficersList
}

/** The family's side of break-glass. */
export interface GlassActions {
  /** Fetches the list of the municipality whose code a poster or letter shows. */
  findOfficers(code: string): Promise<FoundList>
  /** Reads a list that came as a file. */
  readOfficers(file: Blob): Promise<FoundList>
  /** Any two on the list may open the emergency and evacuation pages together. */
  consentToOfficers(child: ChildId, list: FoundList, until: LocalDate | null): Promise<void>
  /** Takes that back, with new keys. */
  withdrawFromOfficers(child: ChildId, municipality: Hex, reason: string): Promise<void>
  /** What the municipality's officers may hold beforehand, sealed, as a file to hand over. */
  fileForOfficers(child: ChildId, municipality: Hex): Promise<Uint8Array>
  /** The family has seen who opened, why and until when. */
  sawOpenings(child: ChildId, openings: readonly GlassOpening[]): Promise<void>
}

export const glassActions: GlassActions = {
  findOfficers: async (code) => {
    const municipality = readTownCode(code)
    if (municipality === null) throw new Failure('not-a-town-code')
    const bytes = await session().relay.officersList(municipality)
    const found = await read(bytes)
    // The relay is believed only as far as the code goes.
    if (found.says.municipality !== municipality) throw new Failure('not-a-list')
    return found
  },
  readOfficers: async (file) => read(new Uint8Array(await file.arrayBuffer())),
  consentToOfficers: (child, list, until) =>
    change(child, { do: 'glass-consent', child: Number(child), list: list.bytes, until, now: session().moment().now }),
  withdrawFromOfficers: (child, municipality, reason) =>
    change(child, { do: 'glass-withdraw', child: Number(child), municipality, reason, now: session().moment().now }),
  fileForOfficers: (child, municipality) => session().records.ask({ do: 'glass-file', child: Number(child), municipality }),
  sawOpenings: async (child, openings) => {
    const own = session()
    const name = `glass-seen/${Number(child)}`
    const before = (await own.vault.box<Hex[]>(name)) ?? []
    await own.write({ put: [[name, [...new Set([...before, ...openings.map((opening) => opening.id)])]]] })
    await own.refresh(Number(child))
  },
}

async function read(bytes: Uint8Array): Promise<FoundList> {
  const says = (await session().records.ask({ do: 'officer', officer: { ask: 'list', bytes } })) as OfficerAnswers['list']
  return { bytes, says }
}

/** Done on this phone when it resolves; it leaves as soon as there is a network. */
async function change(child: ChildId, request: ChangeRequest): Promise<void> {
  if (!app.children.some((one) => one.id === child)) throw new Failure('child-unknown')
  const own = session()
  const reading = await own.records.change(request, own.moment())
  await own.show(Number(child), reading)
  own.wake(Number(child))
}
