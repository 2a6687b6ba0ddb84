import { retryDelay } from '../logic/sync.ts'

export interface LiveOptions {
  address: string
  /** A fresh token for every connection: they live minutes. */
  token: () => Promise<string>
  /** Something arrived, or may have while the line was down: pull. */
  onNews: () => void
}

/** The relay's word for a device that was removed while it listened. What that means is found out by pulling. */
const NOT_IN_THE_RECORD = 1008

/**
 * The live line to the relay. What comes over it is only taken as a hint to pull, so that there is one path on which
 * entries arrive. It comes back by itself, ever more slowly, as long as it is not closed.
 */
export class Live {
  readonly #options: LiveOptions
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #closed = false

  constructor(options: LiveOptions) {
    this.#options = options
    void this.#connect()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#socket?.close()
  }

  async #connect(): Promise<void> {
    try {
      const token = await this.#options.token()
      if (this.#closed) return
      const socket = new WebSocket(this.#options.address, ['omamori.v1', `bearer.${token}`])
      this.#socket = socket
      let opened = false
      socket.onopen = () => {
        opened = true
        this.#attempt = 0
        this.#options.onNews()
      }
      socket.onmessage = () => this.#options.onNews()
      socket.onclose = ({ code }) => {
        // A browser does not say why a line was refused. Whoever was removed while there was none learns it by pulling.
        if (code === NOT_IN_THE_RECORD || !opened) this.#options.onNews()
        this.#later()
      }
    } catch {
      this.#later()
    }
  }

  #later(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), retryDelay(this.#attempt++, Math.random()))
  }
}
