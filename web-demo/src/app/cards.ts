import type { Relay } from '../io/relay.ts'
import type { AccessBook } from '../logic/accesses.ts'
import type { Made } from '../logic/made.ts'
import type { FactId, LocalDate, UnixMillis } from '../logic/model.ts'
import { Failure } from '../logic/result.ts'
import { AccessLog } from './access-log.ts'
import { CardNotices, type CardNotice } from './card-notices.ts'
import type { Records } from './records.ts'

export interface CardsPorts {
  box<T>(name: string): Promise<T | undefined>
  put(name: string, box: unknown): Promise<void>
  /** With the keys of whoever is there; throws where this tab may not write. */
  ask: Records['ask']
  relay: Pick<Relay, 'putCardNotice' | 'cardChallenge' | 'cardOpenings'>
  today(): LocalDate
  now(): UnixMillis
}

/** What is said of the cards of one child that somebody made, and what the relay noted about them; in boxes of the vault. */
export const noticeBox = (child: number, person: string): string => own('card-notice', child, person)
export const openingsBox = (child: number, person: string): string => own('card-accesses', child, person)

function own(kind: string, child: number, person: string): string {
  return person === '' ? `${kind}/${child}` : `${kind}/${child}/${person}`
}

/**
 * What is said of the cards and prints that were made here, and who asked about them. On a shared tablet each person has their own: a
 * card is signed by whoever made it, and only the same key says anything of it. Until they are there again nothing is said of it.
 */
export class Cards {
  /** When somebody asked about them. */
  readonly log: AccessLog
  readonly #notices: CardNotices
  readonly #ports: CardsPorts
  readonly #person: string
  #over = false

  /** `person`: of the staff; empty on a family's phone. */
  constructor(ports: CardsPorts, person: string) {
    this.#ports = ports
    this.#person = person
    this.#notices = new CardNotices({
      read: (child) => ports.box<CardNotice>(noticeBox(child, person)),
      write: (child, notice) => ports.put(noticeBox(child, person), notice),
      sign: (child, before, stale) => this.#still().ask({ do: 'card-notice', child, before, stale, today: ports.today() }),
      send: (id, bytes) => ports.relay.putCardNotice(id, bytes),
    })
    this.log = new AccessLog({
      kept: (child) => ports.box<AccessBook>(openingsBox(child, person)),
      keep: (child, book) => ports.put(openingsBox(child, person), book),
      ask: async (child, after) => {
        const notice = await ports.box<CardNotice>(noticeBox(child, person))
        // Nothing is noted of a card before the relay knows its key; what it noted before can be asked for again once this is sent.
        if (notice?.sent !== true) return null
        const nonce = await ports.relay.cardChallenge(notice.id)
        const proof = await this.#still().ask({ do: 'sign-for-card-openings', child, nonce })
        return await ports.relay.cardOpenings(notice.id, { ...proof, nonce }, after)
      },
      judge: (child, last, page) => this.#still().ask({ do: 'read-card-openings', child, last, page }),
      now: () => ports.now(),
    })
  }

  /** `outOfDate`, of those made here: what this person made and no longer shows what stands. `recalled`: the facts of those taken back. */
  tell(child: number, outOfDate: readonly Made[], recalled: readonly FactId[] = []): Promise<void> {
    return this.#notices.tell(child, outOfDate.filter((made) => (made.by?.person ?? '') === this.#person), recalled)
  }

  /** From now on the relay notes when somebody asks about them, also while nothing is said of them. */
  announce(child: number): Promise<void> {
    return this.#notices.announce(child)
  }

  /** Somebody else is there: what is under way is not signed with their keys. */
  end(): void {
    this.#over = true
  }

  #still(): CardsPorts {
    if (this.#over) throw new Failure('not-allowed', 'somebody else is there')
    return this.#ports
  }
}
