/** What tabs of one profile tell each other. Nothing of a record is in it. */
export type TabMessage =
  /** Whoever writes: please finish and give way. */
  | { kind: 'give-way' }
  /** The vault changed: readers read it again. */
  | { kind: 'changed' }

/** The line between the tabs of one profile. */
export class Tabs {
  readonly #channel = new BroadcastChannel('omamori-tabs')

  tell(message: TabMessage): void {
    this.#channel.postMessage(message)
  }

  listen(hear: (message: TabMessage) => void): void {
    this.#channel.onmessage = (event: MessageEvent<TabMessage>) => hear(event.data)
  }

  close(): void {
    this.#channel.close()
  }
}
