/** Break-glass: what two officers of a municipality may open together, and what they opened. Shapes mirror the core's. */
import type { FactId, FirstScreen, Hex, LocalDate, UnixMillis, View } from './model.ts'

/** Name and office. */
export type Named = [name: string, office: string]

export interface GlassConsent {
  fact: FactId
  municipality: Hex
  name: string
  /** What people compare: four groups of four. */
  fingerprint: string
  officers: Named[]
  generation: number
  until: LocalDate | null
  stands: boolean
  /** Is what officers hold made with the newest keys? */
  ready: boolean
}

export interface GlassOpening {
  id: Hex
  municipality: Hex
  name: string
  /** Who asked, and who opened. */
  officers: Named[]
  /** `null`: this device cannot read the reason. */
  reason: string | null
  from: UnixMillis
  until: UnixMillis
}

export interface Glass {
  consents: GlassConsent[]
  openings: GlassOpening[]
  /** Everybody whom the family agreed to, now or before: names for the list of who fetched what. */
  officers: (ListedOfficer & { town: string })[]
}

export interface ListedOfficer {
  id: Hex
  name: string
  office: string
}

/** A municipality's list, its signature checked. */
export interface OfficersList {
  municipality: Hex
  fingerprint: string
  name: string
  generation: number
  issued: UnixMillis
  officers: ListedOfficer[]
}

/** What is known of a child's sealed pages without opening them. */
export interface HeldLabel {
  record: Hex
  package: Hex
  town: string
  fingerprint: string
  /** Days since 1970, Japan; `null`: until it is taken back. */
  until: number | null
  officers: ListedOfficer[]
}

/** What the second officer is asked. */
export interface Asked {
  record: Hex
  reason: string
  from: UnixMillis
  until: UnixMillis
  by: ListedOfficer
}

/** What two officers see, until it ends. */
export interface OpenedPages {
  asked: Asked
  /** Who opened, beside who asked. */
  second: { name: string; office: string }
  first: FirstScreen
  view: View
}

/** Openings of which the family has not yet said that it saw them, newest first. */
export function unseen(openings: readonly GlassOpening[], seen: readonly Hex[]): GlassOpening[] {
  return openings.filter((opening) => !seen.includes(opening.id)).reverse()
}

const PREFIX = 'omamori-city:1:'

/** What a town hall's poster or letter says, typed or scanned; `null`: something else. */
export function readTownCode(text: string): Hex | null {
  const said = text.trim().toLowerCase()
  const code = (said.startsWith(PREFIX) ? said.slice(PREFIX.length) : said).replace(/[\s-]/gu, '')
  return /^[0-9a-f]{64}$/u.test(code) ? code : null
}

export const townCode = (municipality: Hex): string => `${PREFIX}${municipality}`

/** The number that a family writes on the municipality's form: the officers' list of sealed pages shows nothing else. */
export function shortNumber(record: Hex): string {
  return `${record.slice(0, 4)}-${record.slice(4, 8)}`
}

/** Has what two officers agreed to ended? */
export const hasEnded = (opened: { until: UnixMillis }, now: UnixMillis): boolean => now > opened.until

/** For how long pages may be opened, in hours. */
export const HOURS = [6, 24, 72, 168] as const

/** A PIN for an officer's keys: six digits or more, because the device may be found by somebody with time. */
export function isOfficerPin(text: string): boolean {
  return /^[0-9]{6,32}$/u.test(text)
}
