import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { applyObjects, readObjects } from './apply-manifest.ts'
import type { StepContext } from '../../tasks/task.ts'

/** Applies manifests of the app, and says how far it is. */
export async function applyFiles(
  manifests: string,
  client: KubernetesClient,
  step: Pick<StepContext, 'signal' | 'report'>,
  ...files: readonly string[]
): Promise<void> {
  for (const file of files)
    await applyAll(client, step, readObjects(await readFile(join(manifests, file), 'utf8')))
}

/** Applies objects in their order, and says how far it is. */
export async function applyAll(
  client: KubernetesClient,
  { signal, report }: Pick<StepContext, 'signal' | 'report'>,
  objects: readonly KubernetesObject[],
  namespace = 'default',
): Promise<void> {
  await applyObjects({
    client,
    objects,
    namespace,
    signal,
    onApplied: (count, { kind, metadata }) => report(count / objects.length, `${kind} ${metadata.name}`),
  })
}
