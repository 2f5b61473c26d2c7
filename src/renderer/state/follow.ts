import { toProblem, type Problem } from '../../domain/problem.ts'
import { onBackendReopen } from './backend.ts'

export interface Following {
  readonly stop: () => void
  /** Ends the wait between two attempts. */
  readonly retryNow: () => void
}

const FIRST_WAIT = 1_000
const LONGEST_WAIT = 15_000
/** What would be the same at the next attempt. */
const FINAL_CODES: ReadonlySet<string> = new Set(['bad-input', 'unknown-method'])

/** Resolves after a time, or when `wake` is called, whichever comes first. */
export type Pause = (milliseconds: number, onWake: (wake: () => void) => void) => Promise<void>

const pauseByTimer: Pause = (milliseconds, onWake) =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    onWake(() => {
      clearTimeout(timer)
      resolve()
    })
  })

/** Reads a stream until stopped; begins again with growing waits where it ends or fails. */
export function follow<Item>(
  open: (signal: AbortSignal) => AsyncIterable<Item>,
  onItem: (item: Item) => void,
  onProblem: (problem: Problem) => void,
  pause: Pause = pauseByTimer,
): Following {
  const abort = new AbortController()
  let wake = (): void => {}
  const run = async (): Promise<void> => {
    let wait = FIRST_WAIT
    while (!isAborted(abort.signal)) {
      try {
        for await (const item of open(abort.signal)) {
          if (isAborted(abort.signal)) return
          onItem(item)
          wait = FIRST_WAIT
        }
      } catch (error) {
        if (isAborted(abort.signal)) return
        const problem = toProblem(error)
        onProblem(problem)
        if (FINAL_CODES.has(problem.code)) return
      }
      if (isAborted(abort.signal)) return
      await pause(wait, awaken => (wake = awaken))
      wait = Math.min(wait * 2, LONGEST_WAIT)
    }
  }
  const unlisten = onBackendReopen(() => wake())
  void run().finally(unlisten)
  return {
    stop: () => {
      abort.abort()
      wake()
    },
    retryNow: () => wake(),
  }
}

/** Asked again after each wait: the compiler would otherwise remember the answer from before. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted
