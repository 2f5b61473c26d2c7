/** A value that changes, for any number of followers. A slow follower skips values and always gets the newest. */
export interface LatestValue<T> {
  get(): T
  set(value: T): void
  /** Called at each later change. Returns what stops the calls. */
  onChange(listener: () => void): () => void
  /** The value now and each later one, until the signal aborts. */
  watch(signal: AbortSignal): AsyncGenerator<T>
}

export function createLatestValue<T>(initial: T): LatestValue<T> {
  let value = initial
  let version = 0
  const followers = new Set<() => void>()

  return {
    get: () => value,
    set(next) {
      value = next
      version += 1
      for (const follow of [...followers]) follow()
    },
    onChange(listener) {
      followers.add(listener)
      return () => followers.delete(listener)
    },
    async *watch(signal) {
      let seen = -1
      while (!signal.aborted) {
        if (seen === version) {
          await new Promise<void>(resolve => {
            const done = (): void => {
              followers.delete(done)
              signal.removeEventListener('abort', done)
              resolve()
            }
            followers.add(done)
            signal.addEventListener('abort', done)
          })
          continue
        }
        seen = version
        yield value
      }
    },
  }
}
