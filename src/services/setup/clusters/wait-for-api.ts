import { ProblemError, toProblem, type Problem } from '../../../domain/problem.ts'
import type { Clusters } from '../../clusters/kubernetes-client.ts'
import { pollUntil } from '../../clusters/poll-until.ts'
import type { StepContext } from '../../tasks/task.ts'

const POLL_INTERVAL_MS = 1_000
const READY_TIMEOUT_MS = 3 * 60_000

/** Waits until the API server of a context says that it is ready. */
export async function waitForApi(
  clusters: Clusters,
  context: string,
  { signal, report }: Pick<StepContext, 'signal' | 'report'>,
): Promise<void> {
  let last: Problem | undefined
  await pollUntil(
    async () => {
      try {
        const { status } = await clusters.client(context).request({ path: '/readyz', signal })
        if (status === 200) return true
        report(undefined, `The API server answers with ${status}`)
      } catch (error) {
        signal.throwIfAborted()
        last = toProblem(error)
        // Without the context there is nothing to wait for.
        if (last.code === 'not-found' || last.code === 'restricted') throw error
        report(undefined, last.message)
      }
      return undefined
    },
    () =>
      new ProblemError({
        code: 'unreachable',
        message: `The API server of ${context} did not become ready in ${READY_TIMEOUT_MS / 60_000} minutes`,
        hint: 'Usually memory or disk is short: close other programs, or give the container engine more.',
        ...(last === undefined ? {} : { raw: last.message }),
      }),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs: READY_TIMEOUT_MS, signal },
  )
}
