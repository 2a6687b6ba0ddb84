import type { Made } from '../logic/made.ts'
import type { FactId, Hex } from '../logic/model.ts'

/** What this device last said of its printed cards. */
export interface CardNotice {
  id: Hex
  bytes: Uint8Array
  /** The cards and prints it was said of, and the facts of those recalled. */
  about: string[]
  /** The relay has it. */
  sent: boolean
}

export interface CardNoticePorts {
  read(child: number): Promise<CardNotice | undefined>
  write(child: number, notice: CardNotice): Promise<void>
  /** Signs which cards were recalled, and if `stale`, that all made so far are out of date. `before`: what was said last, or nothing. */
  sign(child: number, before: Uint8Array, stale: boolean): Promise<{ id: Hex; bytes: Uint8Array }>
  send(id: Hex, bytes: Uint8Array): Promise<void>
}

/** Tells viewers with a network that a printed card is out of date or recalled: said once for each change, and again until the relay has it. */
export class CardNotices {
  readonly #ports: CardNoticePorts
  #last: Promise<void> = Promise.resolve()

  constructor(ports: CardNoticePorts) {
    this.#ports = ports
  }

  /**
   * `outOfDate`: the cards and prints of this child that no longer show what stands. `recalled`: the facts of those handed to
   * somebody and taken back. One telling after the other.
   */
  tell(child: number, outOfDate: readonly Made[], recalled: readonly FactId[] = []): Promise<void> {
    this.#last = this.#last.then(() => this.#tell(child, outOfDate, recalled)).catch(() => undefined)
    return this.#last
  }

  /** Signs that nothing is said of the cards made so far, if nothing was said before: then the relay notes when it is asked. */
  announce(child: number): Promise<void> {
    this.#last = this.#last.then(() => this.#announce(child)).catch(() => undefined)
    return this.#last
  }

  async #announce(child: number): Promise<void> {
    if ((await this.#ports.read(child)) === undefined) await this.#sign(child, undefined, false, [])
    await this.#tell(child, [], [])
  }

  async #tell(child: number, outOfDate: readonly Made[], recalled: readonly FactId[]): Promise<void> {
    const before = await this.#ports.read(child)
    const known = new Set(before?.about)
    const stale = outOfDate.some((made) => !known.has(made.id))
    const isNew = stale || recalled.some((fact) => !known.has(fact))
    const about = [...new Set([...(before?.about ?? []), ...outOfDate.map((made) => made.id), ...recalled])]
    const notice = isNew ? await this.#sign(child, before, stale, about) : before
    if (notice === undefined || notice.sent) return
    await this.#ports.send(notice.id, notice.bytes)
    await this.#ports.write(child, { ...notice, sent: true })
  }

  async #sign(child: number, before: CardNotice | undefined, stale: boolean, about: string[]): Promise<CardNotice> {
    const signed = await this.#ports.sign(child, before?.bytes ?? new Uint8Array(), stale)
    const notice = { ...signed, about, sent: false }
    await this.#ports.write(child, notice)
    return notice
  }
}
