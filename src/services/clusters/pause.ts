/** A check that the compiler does not take for settled after the last one. */
export const isAborted = (signal: AbortSignal): boolean => signal.aborted

/** Waits, or less if the signal aborts; never throws. A seam: tests give their own. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>

export const pause: Pause = (milliseconds, signal) =>
  new Promise(resolve => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, milliseconds))
    signal.addEventListener('abort', done)
  })
