import { isDoneWithin, STOP_LIMIT_MS } from '../services/stop-limit.ts'

/** What is left of the event loop after a clean stop ends within this time, or is ended. */
const EXIT_LIMIT_MS = 2_000

/**
 * Stops and returns the exit code. A stop has a limit: when it is over, or when it fails, the reason is on standard
 * error and the code is 1. The process ends shortly after, whatever is still open.
 */
export async function stopInTime(
  stop: () => Promise<void>,
  {
    limitMs = STOP_LIMIT_MS,
    exit = code => process.exit(code),
  }: { readonly limitMs?: number; readonly exit?: (code: number) => void } = {},
): Promise<number> {
  const reason = await isDoneWithin(stop(), limitMs).then(
    isDone => (isDone ? undefined : `it did not stop within ${limitMs / 1_000} s`),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const code = reason === undefined ? 0 : 1
  if (reason !== undefined) console.error(`mesh-workbench: not stopped cleanly: ${reason}`)
  setTimeout(() => exit(code), EXIT_LIMIT_MS).unref()
  return code
}
