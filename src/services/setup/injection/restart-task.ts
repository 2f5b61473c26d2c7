import * as v from 'valibot'
import { workloadsRestart, type RestartedWorkload } from '../../../shared/contract/setup/injection.ts'
import type { Clusters } from '../../clusters/kubernetes-client.ts'
import { defineState, type StateKey } from '../../tasks/step-state.ts'
import {
  implementTask,
  type StepContext,
  type StepDefinition,
  type TaskDefinition,
} from '../../tasks/task.ts'
import { nameOf, restartWorkload, waitForRollout } from './restart-workload.ts'

const READY_TIMEOUT_MS = 5 * 60_000

/** Whether the restart of a workload was sent. */
const restartedState = (target: RestartedWorkload): StateKey<boolean> =>
  defineState(`restarted/${nameOf(target)}`, v.boolean())

/** Restarts workloads one after another, so that no more than one is on its way at any time. */
export const defineRestart = ({
  clusters,
  now,
  readyTimeoutMs = READY_TIMEOUT_MS,
}: {
  readonly clusters: Clusters
  readonly now: () => number
  readonly readyTimeoutMs?: number
}): TaskDefinition =>
  implementTask(workloadsRestart, ({ context, workloads }) => {
    const [first] = workloads
    const what = workloads.length === 1 && first ? nameOf(first) : `${workloads.length} workloads`
    return {
      title: `Restart ${what} in ${context}`,
      lock: `restart/${context}`,
      steps: workloads.map((target, index) => describeStep(target, index)),
    }

    function describeStep(target: RestartedWorkload, index: number): StepDefinition {
      const isRestarted = restartedState(target)
      return {
        name: `${index}/${nameOf(target)}`,
        title: `Restart ${nameOf(target)}`,
        async run(step) {
          const client = clusters.client(context)
          // A resumed run waits for what the earlier one began; it does not replace the pods twice.
          if (step.state.get(isRestarted) !== true) {
            await restartWorkload(client, target, new Date(now()), step.signal)
            step.state.set(isRestarted, true)
          }
          const { signal, report } = step
          await waitForRollout({ client, target, signal, report, timeoutMs: readyTimeoutMs })
        },
        cleanUp: step => Promise.resolve(describeLeftovers(step, target, index)),
      }
    }

    /** Which of the workloads were restarted and which were not. */
    function describeLeftovers(
      step: StepContext,
      target: RestartedWorkload,
      index: number,
    ): readonly string[] {
      const list = (some: readonly RestartedWorkload[]): string => some.map(nameOf).join(', ')
      const [before, after] = [workloads.slice(0, index), workloads.slice(index + 1)]
      return [
        step.state.get(restartedState(target)) === true
          ? `${nameOf(target)} is being restarted: the cluster continues with it.`
          : `${nameOf(target)} was not restarted.`,
        ...(before.length === 0 ? [] : [`Restarted: ${list(before)}.`]),
        ...(after.length === 0 ? [] : [`Not restarted: ${list(after)}.`]),
      ]
    }
  })
