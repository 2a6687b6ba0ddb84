import type { UnixMillis } from '../logic/model.ts'
import { TOLD_AT_ONCE, untold, withLook, withoutTold, type Opened } from '../logic/opened.ts'
import { asFailure } from '../logic/result.ts'

/** What one person opened of a child and the relay has not been told; on a family's phone there is one, without a name. */
export const openedBox = (child: number, person: string): string => `opened/${child}/${person}`

export interface OpenedPorts {
  /** Where it is kept what whoever is there now has opened. */
  boxOf(child: number): string
  kept(box: string): Promise<Opened[] | undefined>
  keep(box: string, list: readonly Opened[]): Promise<void>
  /** To the relay, under the name of whoever the box is of. Rejects if somebody else is there by now. */
  send(child: number, box: string, list: readonly Opened[]): Promise<void>
  now(): UnixMillis
}

/** Notes when a child's record is opened on this device, with a network or without, and tells the relay's list when there is one. */
export class OpenedHere {
  readonly #ports: OpenedPorts
  #last: Promise<void> = Promise.resolve()

  constructor(ports: OpenedPorts) {
    this.#ports = ports
  }

  /** Never keeps anybody from what they opened. It is theirs and of this moment, however long it waits to be written. */
  note(child: number, way: Opened['way']): Promise<void> {
    const [box, at] = [this.#ports.boxOf(child), this.#ports.now()]
    return this.#inTurn(async () => {
      const list = await this.#kept(box)
      const after = withLook(list, way, at)
      if (after !== list) await this.#ports.keep(box, after)
    })
  }

  /** Tells what was not told yet, as far as the relay takes it. What it does not take waits. */
  tell(child: number): Promise<void> {
    const box = this.#ports.boxOf(child)
    return this.#inTurn(async () => {
      for (let list = await this.#kept(box); untold(list).length > 0; list = await this.#kept(box)) {
        const part = untold(list).slice(0, TOLD_AT_ONCE)
        await this.#ports.send(child, box, part).catch((error: unknown) => {
          // Asking with the same words would be answered the same for ever.
          if (asFailure(error).detail !== 'malformed') throw error
        })
        await this.#ports.keep(box, withoutTold(list, part))
      }
    })
  }

  async #kept(box: string): Promise<readonly Opened[]> {
    return (await this.#ports.kept(box)) ?? []
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act).catch(() => undefined)
    return this.#last
  }
}
