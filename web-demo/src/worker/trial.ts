import { Failure } from '../logic/result.ts'
import { CoreCrash, type Core } from './core.ts'
import type { Question } from './protocol.ts'

/** How long a scratch copy may take. A worker that hangs is as dead as one that fell. */
const LIMIT_MS = 30_000

/**
 * The barrier (design §5): a worker with a core of its own, that holds one document at a time and no keys. Where it falls,
 * only it falls; it is ended as soon as there is nothing more to try, so that a phone never keeps a second copy.
 */
export class Trial {
  readonly #start: () => Core
  #worker: Core | null = null

  constructor(start: () => Core) {
    this.#start = start
  }

  /** Does the document survive the changes? Rejects when nobody could try: then they wait. */
  async survives(question: Question): Promise<boolean> {
    // A phone that slept in between looks like a hang: only the second one counts.
    return (await this.#try(question)) ?? (await this.#try(question)) ?? false
  }

  end(): void {
    this.#worker?.stop()
    this.#worker = null
  }

  /** A worker that cannot even start says nothing about the changes. */
  async #begin(): Promise<Core> {
    const worker = this.#start()
    await worker.ask({ do: 'ready' }, LIMIT_MS).catch((cause: unknown) => {
      worker.stop()
      throw new Failure('core-failed', 'nobody could try the changes', { cause })
    })
    return worker
  }

  /** `null`: the worker fell. */
  async #try(question: Question): Promise<boolean | null> {
    const worker = (this.#worker ??= await this.#begin())
    try {
      return await worker.ask({ do: 'try', question }, LIMIT_MS)
    } catch (error) {
      if (!(error instanceof CoreCrash)) throw error
      this.#worker = null
      return null
    }
  }
}
