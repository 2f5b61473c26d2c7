import { ProblemError } from '../../../domain/problem.ts'
import type { Clusters } from '../../clusters/kubernetes-client.ts'
import type { Json, StepContext, StepDefinition, TaskDefinition } from '../../tasks/task.ts'
import { nameOf, restartWorkload, waitForRollout, type WorkloadTarget } from './restart-workload.ts'

export const WORKLOADS_RESTART = 'workloads-restart'

const READY_WITHIN = 5 * 60_000

export interface RestartInput {
  readonly context: string
  readonly workloads: readonly WorkloadTarget[]
}

const KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet']

const isTarget = (value: unknown): value is WorkloadTarget => {
  const { kind, namespace, name } = (value ?? {}) as Partial<Record<keyof WorkloadTarget, unknown>>
  return (
    typeof kind === 'string' &&
    KINDS.includes(kind) &&
    [namespace, name].every(text => typeof text === 'string' && text !== '')
  )
}

/** What crossed the contract, or came from the disk. */
export function readRestartInput(input: Json): RestartInput {
  const { context, workloads } = (input ?? {}) as Partial<Record<keyof RestartInput, unknown>>
  const isWhole =
    typeof context === 'string' &&
    context !== '' &&
    Array.isArray(workloads) &&
    workloads.length > 0 &&
    workloads.every(isTarget)
  if (isWhole) return { context, workloads }
  throw new ProblemError({
    code: 'bad-input',
    message: 'The task does not say which workloads of which cluster to restart',
    hint: `Give the context and at least one workload; these kinds can be restarted: ${KINDS.join(', ')}.`,
  })
}

/** Restarts workloads one after another, so that no more than one is on its way at any time. */
export const defineRestart = ({
  clusters,
  now,
  readyWithin = READY_WITHIN,
}: {
  readonly clusters: Clusters
  readonly now: () => number
  readonly readyWithin?: number
}): TaskDefinition => ({
  kind: WORKLOADS_RESTART,
  describe(json) {
    const { context, workloads } = readRestartInput(json)
    const [first] = workloads
    const what = workloads.length === 1 && first ? nameOf(first) : `${workloads.length} workloads`
    return {
      title: `Restart ${what} in ${context}`,
      lock: `restart/${context}`,
      steps: workloads.map((target, index) => describeStep(target, index)),
    }

    function describeStep(target: WorkloadTarget, index: number): StepDefinition {
      const mark = `restarted/${nameOf(target)}`
      return {
        name: `${index}/${nameOf(target)}`,
        title: `Restart ${nameOf(target)}`,
        async run(step) {
          const client = clusters.client(context)
          // A run that goes on waits for what the earlier one began; it does not replace the pods twice.
          if (step.recall(mark) !== true) {
            await restartWorkload(client, target, new Date(now()), step.signal)
            step.remember(mark, true)
          }
          const { signal, report } = step
          await waitForRollout({ client, target, signal, report, longest: readyWithin })
        },
        cleanUp: step => Promise.resolve(tellState(step, target, index)),
      }
    }

    /** Which of the workloads were restarted and which were not. */
    function tellState(step: StepContext, target: WorkloadTarget, index: number): readonly string[] {
      const list = (some: readonly WorkloadTarget[]): string => some.map(nameOf).join(', ')
      const [before, after] = [workloads.slice(0, index), workloads.slice(index + 1)]
      return [
        step.recall(`restarted/${nameOf(target)}`) === true
          ? `${nameOf(target)} is being restarted: the cluster goes on with it.`
          : `${nameOf(target)} was not restarted.`,
        ...(before.length === 0 ? [] : [`Restarted: ${list(before)}.`]),
        ...(after.length === 0 ? [] : [`Not restarted: ${list(after)}.`]),
      ]
    }
  },
})
