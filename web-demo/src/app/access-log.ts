import type { NumberedPage } from '../io/relay.ts'
import { asBook, askAfter, EMPTY_BOOK, isDue, mustReadAgain, withPage, type AccessBook } from '../logic/accesses.ts'
import type { AccessPage, LastRead, UnixMillis } from '../logic/model.ts'

export interface AccessLogPorts {
  kept(child: number): Promise<AccessBook | undefined>
  keep(child: number, book: AccessBook): Promise<void>
  /** The relay's list behind a number; `null`: there is none to ask for yet. */
  ask(child: number, after: number): Promise<NumberedPage | null>
  /** What the core says of it. */
  judge(child: number, last: LastRead | null, page: NumberedPage['entries']): Promise<AccessPage>
  now(): UnixMillis
}

/** What this device knows of who fetched what. It is read on from where it was left, so a relay that changes its list is noticed. */
export class AccessLog {
  readonly #ports: AccessLogPorts
  /** When it was last looked whether the list is due: the book is large. */
  readonly #looked = new Map<number, UnixMillis>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(ports: AccessLogPorts) {
    this.#ports = ports
  }

  async book(child: number): Promise<AccessBook> {
    const kept = await this.#ports.kept(child)
    return kept === undefined ? EMPTY_BOOK : asBook(kept)
  }

  /** Reads on, or from the beginning when it is not the list this device knows. One reading after the other. */
  read(child: number): Promise<AccessBook> {
    const turn = this.#last.then(() => this.#read(child))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** Reads if that is long ago: what nobody reads can be changed unseen. A relay that cannot be asked is asked another day. */
  async readWhenDue(child: number): Promise<void> {
    const now = this.#ports.now()
    if (!isDue(this.#looked.get(child) ?? null, now)) return
    this.#looked.set(child, now)
    const { readAt } = await this.book(child)
    if (isDue(readAt, now)) await this.read(child).catch(() => undefined)
  }

  async #read(child: number): Promise<AccessBook> {
    const before = await this.book(child)
    let [book, again] = [before, false]
    for (let more = true; more; ) {
      const asked = await this.#ports.ask(child, askAfter(book.last))
      // What was not asked for is no list that became shorter.
      if (asked === null) return before
      const page = await this.#ports.judge(child, book.last, asked.entries)
      const advanced = page.last?.number !== book.last?.number
      book = withPage(book, page, this.#ports.now())
      if (mustReadAgain(page) && !again) [book, again] = [{ ...book, last: null }, true]
      else more = asked.more && advanced
    }
    await this.#ports.keep(child, book)
    return book
  }
}
