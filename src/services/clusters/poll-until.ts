import { pause as realPause, type Pause } from './pause.ts'

/** The clock that a wait goes by. A seam: tests give their own. */
export interface PollClock {
  readonly now: () => number
  readonly pause: Pause
}

const REAL_CLOCK: PollClock = { now: () => performance.now(), pause: realPause }

export interface PollOptions {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly clock?: PollClock
}

/**
 * Asks until there is an answer other than undefined, and returns it. The last question comes after the time is up, so
 * that what came true during the last pause counts; then `onTimeout` gives the problem.
 */
export async function pollUntil<Answer>(
  ask: () => Promise<Answer | undefined>,
  onTimeout: () => Error | Promise<Error>,
  { intervalMs, timeoutMs, signal, clock = REAL_CLOCK }: PollOptions,
): Promise<Answer> {
  const until = clock.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    const isLast = clock.now() >= until
    const answer = await ask()
    if (answer !== undefined) return answer
    signal.throwIfAborted()
    if (isLast) throw await onTimeout()
    await clock.pause(Math.min(intervalMs, Math.max(0, until - clock.now())), signal)
  }
}
