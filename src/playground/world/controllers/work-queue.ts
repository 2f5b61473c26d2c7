/**
 * Work by key, each key once, in the order in which it was first asked for. It runs after the current code, so that
 * a controller never writes while the store still tells others of the event that woke it.
 */
export class WorkQueue {
  readonly #waiting = new Map<string, () => void>()
  readonly #onError: (key: string, error: unknown) => void
  readonly #timers = new Set<NodeJS.Timeout>()
  #isScheduled = false
  #isStopped = false

  constructor(onError: (key: string, error: unknown) => void) {
    this.#onError = onError
  }

  add(key: string, work: () => void): void {
    if (this.#isStopped) return
    if (!this.#waiting.has(key)) this.#waiting.set(key, work)
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => this.drain())
  }

  /** Adds the work when the time has passed. */
  addAfter(milliseconds: number, key: string, work: () => void): void {
    if (this.#isStopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.add(key, work)
    }, milliseconds)
    timer.unref()
    this.#timers.add(timer)
  }

  /** Does everything that waits, and what that work adds. */
  drain(): void {
    for (;;) {
      const next = this.#waiting.entries().next()
      if (next.done) break
      const [key, work] = next.value
      this.#waiting.delete(key)
      try {
        work()
      } catch (error) {
        this.#onError(key, error)
      }
    }
    this.#isScheduled = false
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.clear()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
