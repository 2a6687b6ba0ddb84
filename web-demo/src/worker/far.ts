/** What the core does for inviting somebody far away: a link, and four words said on the telephone. */
import type { Hex } from '../logic/model.ts'
import type { Answers, Request } from './protocol.ts'
import { vault } from './module.ts'

/** `kept`: what stands behind a link, as the inviter's phone keeps it. `slot1` … `slot3`: the messages, in their order. */
export type FarRequest =
  | { do: 'far-begin'; record: Hex }
  | { do: 'far-meet' | 'far-shown'; kept: Uint8Array; slot1: Uint8Array }
  /** Throws `words-differ`. */
  | { do: 'far-compare'; kept: Uint8Array; slot1: Uint8Array; places: number[] }
  /** Throws `not-an-invitation`. */
  | { do: 'far-place'; link: Hex }
  | { do: 'far-reply'; link: Hex; secret: Uint8Array }
  | { do: 'far-words'; link: Hex; slot1: Uint8Array; slot2: Uint8Array }
  | { do: 'far-record'; link: Hex; slot2: Uint8Array; slot3: Uint8Array }

export interface FarAnswers {
  'far-begin': { kept: Uint8Array } & FarPlace
  'far-meet': null
  'far-shown': Uint8Array
  'far-compare': FarAgreed
  'far-place': FarPlace
  'far-reply': Uint8Array
  /** Places in the list of words. */
  'far-words': number[]
  'far-record': Hex
}

/** What goes into the link, and where the messages are left. */
export interface FarPlace {
  link: Hex
  mailbox: Hex
}

/** Whom to let in, and what to answer once they are. */
export interface FarAgreed {
  publicKeys: Uint8Array
  slot3: Uint8Array
}

export function handleFar(request: Extract<Request, FarRequest>): Answers[FarRequest['do']] {
  switch (request.do) {
    case 'far-begin':
      return within(vault.FarInvitation.begin(request.record), (made) => ({ kept: made.keep(), ...place(made.place()) }))
    case 'far-meet':
      return within(vault.FarMet.read(request.kept, request.slot1), () => null)
    case 'far-shown':
      return within(vault.FarMet.read(request.kept, request.slot1), (met) => met.shown())
    case 'far-compare': {
      const agreed = vault.FarMet.read(request.kept, request.slot1).compare(Uint16Array.from(request.places))
      return within(agreed, () => ({ publicKeys: agreed.publicKeys(), slot3: agreed.answer() }))
    }
    case 'far-place':
      return place(vault.far_place(request.link))
    case 'far-reply':
      return vault.far_reply(request.link, vault.Child.publicKeys(request.secret))
    case 'far-words':
      return [...vault.far_words(request.link, request.slot1, request.slot2)]
    case 'far-record':
      return vault.far_record(request.link, request.slot2, request.slot3)
  }
}

/** Freed as soon as it was used: the module wipes it. */
function within<S extends { free(): void }, T>(made: S, use: (made: S) => T): T {
  try {
    return use(made)
  } finally {
    made.free()
  }
}

function place(text: string): FarPlace {
  return JSON.parse(text) as FarPlace
}
