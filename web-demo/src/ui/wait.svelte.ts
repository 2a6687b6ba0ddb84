/** How long is left until the next try, second by second. Made while a component is. */
export class Wait {
  until = $state(0)
  #clock = $state(Date.now())
  /** In milliseconds; 0 if nobody has to wait. */
  readonly left = $derived(Math.max(0, this.until - this.#clock))
  readonly #isOn = $derived(this.left > 0)

  constructor() {
    $effect(() => {
      this.#clock = Date.now()
      if (!this.#isOn) return
      const timer = setInterval(() => (this.#clock = Date.now()), 1000)
      return () => clearInterval(timer)
    })
  }

  /** From now on. */
  set(until: number): void {
    this.#clock = Date.now()
    this.until = until
  }
}
