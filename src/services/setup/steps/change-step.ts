import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { applyObjects } from './apply-manifest.ts'
import { deleteObjects } from './delete-objects.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'

type Run = (client: KubernetesClient, step: StepContext) => Promise<void>

/** Makes steps in one cluster. What a stopped step applied is kept, and a later run continues from there. */
export function stepsIn(
  { clusters }: Pick<SetupDependencies, 'clusters'>,
  context: string,
): { readonly look: typeof look; readonly change: typeof change } {
  const look = (name: string, title: string, run: Run): StepDefinition => ({
    name,
    title,
    run: step => run(clusters.client(context), step),
    cleanUp: 'nothing',
  })
  const change = (name: string, title: string, run: Run): StepDefinition => ({
    ...look(name, title, run),
    cleanUp: () =>
      Promise.resolve([
        `"${title}" is partly done in ${context}. Resume the task, or run it again, to finish it.`,
      ]),
  })
  return { look, change }
}

const reportTo =
  ({ report }: Pick<StepContext, 'report'>, all: number) =>
  (count: number, { kind, metadata }: KubernetesObject): void =>
    report(count / all, `${kind} ${metadata.name} (${count} of ${all})`)

/** Applies objects in their order and says how far it is. */
export const applyInStep = (
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  step: StepContext,
  namespace = 'default',
): Promise<void> =>
  applyObjects({ client, objects, namespace, signal: step.signal, onApplied: reportTo(step, objects.length) })

/** Deletes objects in their order, names each in the log and says how far it is. */
export const deleteInStep = (
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  step: StepContext,
): Promise<void> => {
  const report = reportTo(step, objects.length)
  return deleteObjects({
    client,
    objects,
    signal: step.signal,
    onDeleted(count, object) {
      step.log(`Deleted ${object.kind} ${object.metadata.name}`)
      report(count, object)
    },
  })
}
