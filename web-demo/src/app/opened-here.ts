import type { UnixMillis } from '../logic/model.ts'
import { TOLD_AT_ONCE, untold, withLook, withoutTold, type Opened } from '../logic/opened.ts'
import { asFailure } from '../logic/result.ts'

export interface OpenedPorts {
  kept(child: number): Promise<Opened[] | undefined>
  keep(child: number, list: readonly Opened[]): Promise<void>
  /** To the relay, under this device's own name. */
  send(child: number, list: readonly Opened[]): Promise<void>
  now(): UnixMillis
}

/** Notes when a child's record is opened on this device, with a network or without, and tells the relay's list when there is one. */
export class OpenedHere {
  readonly #ports: OpenedPorts
  #last: Promise<void> = Promise.resolve()

  constructor(ports: OpenedPorts) {
    this.#ports = ports
  }

  /** Never keeps anybody from what they opened. */
  note(child: number, way: Opened['way']): Promise<void> {
    return this.#inTurn(async () => {
      const list = await this.#kept(child)
      const after = withLook(list, way, this.#ports.now())
      if (after !== list) await this.#ports.keep(child, after)
    })
  }

  /** Tells what was not told yet, as far as the relay takes it. What it does not take waits. */
  tell(child: number): Promise<void> {
    return this.#inTurn(async () => {
      for (let list = await this.#kept(child); untold(list).length > 0; list = await this.#kept(child)) {
        const part = untold(list).slice(0, TOLD_AT_ONCE)
        await this.#ports.send(child, part).catch((error: unknown) => {
          // Asking with the same words would be answered the same for ever.
          if (asFailure(error).detail !== 'malformed') throw error
        })
        await this.#ports.keep(child, withoutTold(list, part))
      }
    })
  }

  async #kept(child: number): Promise<readonly Opened[]> {
    return (await this.#ports.kept(child)) ?? []
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act).catch(() => undefined)
    return this.#last
  }
}
