import { scriptAddress } from '../io/trusted.ts'
import { Failure } from '../logic/result.ts'
import workerAddress from './core.worker.ts?worker&url'
import type { Answer, Envelope, Reply, Request } from './protocol.ts'

/** The core aborted, or hung, while handling a request. What it held in memory is lost; the vault is untouched. */
export class CoreCrash extends Failure {
  constructor(detail: string) {
    super('core-failed', detail)
  }
}

/** What is used of a worker. */
export type WorkerLine = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>

/** The line to one core worker. After a crash it is dead: every request rejects with [`CoreCrash`]. */
export class Core {
  readonly #worker: WorkerLine
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Failure) => void }>()
  #next = 1
  #dead: CoreCrash | null = null

  constructor(worker: WorkerLine) {
    this.#worker = worker
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#take(data)
    worker.onerror = (event) => this.#die(new CoreCrash(event.message))
  }

  static start(): Core {
    return new Core(new Worker(scriptAddress(workerAddress), { type: 'module' }))
  }

  /** `limitMs`: a request that takes longer is a hang, and counts as a crash. */
  ask<R extends Request>(request: R, limitMs = 120_000): Promise<Answer<R>> {
    if (this.#dead !== null) return Promise.reject(this.#dead)
    const id = this.#next++
    return new Promise<Answer<R>>((resolve, reject) => {
      const timer = setTimeout(() => this.#die(new CoreCrash(`${request.do} took too long`)), limitMs)
      const done = <T>(then: (value: T) => void) => (value: T) => {
        clearTimeout(timer)
        then(value)
      }
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) })
      this.#worker.postMessage({ id, request } satisfies Envelope)
    })
  }

  get isDead(): boolean {
    return this.#dead !== null
  }

  stop(): void {
    this.#die(new CoreCrash('stopped'))
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.value as never)
    else if (!reply.crashed) waiting?.reject(new Failure(reply.code, reply.detail))
    else {
      const crash = new CoreCrash(reply.detail)
      waiting?.reject(crash)
      this.#die(crash)
    }
  }

  #die(crash: CoreCrash): void {
    if (this.#dead !== null) return
    this.#dead = crash
    this.#worker.terminate()
    for (const { reject } of this.#waiting.values()) reject(crash)
    this.#waiting.clear()
  }
}
