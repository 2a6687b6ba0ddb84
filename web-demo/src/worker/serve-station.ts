import type { EntryKind, Hex } from '../logic/model.ts'
import type { Application } from '../logic/station.ts'
import { vault } from './module.ts'
import type { Answers, NewPerson, Request, StationOffer } from './protocol.ts'

/** What is asked for an organisation's tablet, or of one, before any record is open. */
export type StationRequest = Extract<Request, { do: `station-${string}` | `locker-${string}` }>

export function handleStation(request: StationRequest): Answers[StationRequest['do']] {
  switch (request.do) {
    case 'station-apply':
      return apply(request.name, request.preset, request.person)
    case 'station-mailbox':
      return vault.station_mailbox(request.qr)
    case 'station-accept':
      return JSON.parse(vault.station_accept(request.qr, request.message)) as Application
    case 'station-reply':
      return vault.station_reply(request.qr, request.record, request.grant)
    case 'station-read-reply':
      return JSON.parse(vault.station_read_reply(request.qr, request.bytes)) as { record: Hex; grant: Hex }
    case 'station-first-join': {
      const { organisation, record, grant, secret, now } = request
      const [kind, hash, bytes] = vault.station_first_join(organisation, record, grant, secret, now) as [EntryKind, Hex, Uint8Array]
      return { kind, hash, bytes }
    }
    case 'station-new-person':
      return newPerson()
    case 'locker-put':
      return vault.locker_put(request.locker, request.label, request.secret)
    case 'locker-take':
      return vault.locker_take(request.secret, request.label, request.sealed)
  }
}

function apply(name: string, preset: string, person: string): StationOffer {
  const offered = vault.station_apply(name, preset, person) as [Uint8Array, Uint8Array, Uint8Array, string, Hex]
  const [organisation, secret, message, qr, mailbox] = offered
  return { organisation, secret, message, qr, mailbox }
}

function newPerson(): NewPerson {
  const secret = vault.Child.generateKeys()
  const publicKeys = vault.Child.publicKeys(secret)
  return { secret, publicKeys, device: vault.deviceOf(secret) }
}
