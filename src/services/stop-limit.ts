/** The longest that a shell waits for the backend to stop: longer than tasks may clean up, which is a minute. */
export const STOP_LIMIT_MS = 75_000

/** Whether some work came to its end within a time; rejects as it does. */
export async function isDoneWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
