import { contextOfTarget, type LocalMeshInput } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { LocalMeshSetting } from './local-mesh-dependencies.ts'

/** What a step in the cluster works with. */
export interface ClusterWork {
  readonly setting: LocalMeshSetting
  readonly input: LocalMeshInput
  readonly context: string
  readonly client: KubernetesClient
  readonly step: StepContext
  /** Waits until all Deployments of a namespace are ready. */
  readonly wait: (namespace: string) => Promise<void>
}

/** A step in the cluster. What it applied before it was stopped stays, and a later run goes on from there. */
export function inClusterStep(
  setting: LocalMeshSetting,
  input: LocalMeshInput,
  {
    name,
    title,
    run,
  }: { readonly name: string; readonly title: string; readonly run: (work: ClusterWork) => Promise<void> },
): StepDefinition {
  const context = contextOfTarget(input.target)
  return {
    name,
    title,
    run(step) {
      const client = setting.clusters.client(context)
      const { signal, report } = step
      const wait = (namespace: string): Promise<void> =>
        waitForRollouts({ client, namespace, signal, report, longest: input.readyWithin * 1000 })
      return run({ setting, input, context, client, step, wait })
    },
    cleanUp: () =>
      Promise.resolve([
        `"${title}" is done in part in ${context}; run the set-up again and it goes on there.`,
      ]),
  }
}
