/** Who can see the record, and what each kind of person is offered: the shapes that cross from the core. */
import type { Compartment, FactId, Fields, Hex, LocalDate, Right, Rights, Role, UnixMillis } from './model.ts'

/** What an actor around a child is offered. A proposal: the family takes out of it what they like. */
export interface Preset {
  name: string
  ja: string
  en: string
  role: Role
  to_organisation: boolean
  /** Days the grant is proposed for, if it is to end. */
  days: number | null
  rights: Rights
}

/** On which terms somebody is let in. */
export interface GrantTerms {
  /** Last day. */
  until?: LocalDate
  /** May it be passed on? */
  delegate?: boolean
  /** The fields of the consent. Its salted hash stands in the grant. */
  consent?: Fields
}

/** Somebody who can see something of the record. */
export interface Reader {
  holder: { kind: 'person' | 'organisation'; id: Hex }
  /** Empty if no manager gave one. */
  name: string
  role: Role
  organisation: string
  /** The person of this device. */
  own: boolean
  devices: KnownDevice[]
  /** Oldest first. */
  grants: GrantLine[]
}

export interface KnownDevice {
  device: Hex
  name: string
  own: boolean
}

/** One grant in force. */
export interface GrantLine {
  grant: Hex
  rights: Partial<Record<Compartment, Right>>
  /** Compartments it gives and this device cannot name. */
  unnamed: number
  until: LocalDate | null
  /** Its last day is over, and nobody has closed it yet. */
  expired: boolean
  delegate: boolean
  by: { device: Hex; name: string }
  since: UnixMillis
  /** The organisation through which it is held. */
  organisation: Hex | null
  /** Not given by anybody: the record began with it. */
  founding: boolean
  consent: GrantConsent | null
}

export interface GrantConsent {
  hash: Hex
  /** `null`: it cannot be read here, or has not come. */
  fact: FactId | null
  /** Something of it was said differently afterwards. */
  altered: boolean
}
