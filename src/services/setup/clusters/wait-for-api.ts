import { ProblemError, toProblem, type Problem } from '../../../domain/problem.ts'
import type { Clusters } from '../../clusters/kubernetes-client.ts'
import { pause } from '../../clusters/pause.ts'
import type { StepContext } from '../../tasks/task.ts'

const LOOK_AGAIN = 1_000
const READY_WITHIN = 3 * 60_000

/** Waits until the API server of a context says that it is ready. */
export async function waitForApi(
  clusters: Clusters,
  context: string,
  { signal, report }: Pick<StepContext, 'signal' | 'report'>,
): Promise<void> {
  const late = AbortSignal.timeout(READY_WITHIN)
  let last: Problem | undefined
  while (!late.aborted) {
    signal.throwIfAborted()
    try {
      const { status } = await clusters.client(context).request({ path: '/readyz', signal })
      if (status === 200) return
      report(undefined, `The API server answers with ${status}`)
    } catch (error) {
      signal.throwIfAborted()
      last = toProblem(error)
      // Without the context there is nothing to wait for.
      if (last.code === 'not-found' || last.code === 'restricted') throw error
      report(undefined, last.message)
    }
    await pause(LOOK_AGAIN, AbortSignal.any([signal, late]))
  }
  throw new ProblemError({
    code: 'unreachable',
    message: `The API server of ${context} did not become ready in ${READY_WITHIN / 60_000} minutes`,
    hint: 'Mostly memory or disk is short: close other programs, or give the container engine more.',
    ...(last === undefined ? {} : { raw: last.message }),
  })
}
