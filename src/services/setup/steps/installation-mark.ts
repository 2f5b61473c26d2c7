import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import { applyObjects } from './apply-manifest.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'

/** Whether an installation that we began is over. It is in the cluster, as another window may go on with it. */
export type InstallationState = 'begun' | 'done'

const NAMESPACE = 'kube-system'
const nameOf = (mesh: MeshName): string => `mesh-workbench-${mesh}`

export async function readInstallationMark(
  client: KubernetesClient,
  mesh: MeshName,
  signal: AbortSignal,
): Promise<InstallationState | undefined> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${nameOf(mesh)}`
  const object = (await readLive(client, path, signal)) as
    { readonly data?: { readonly state?: string } } | undefined
  return object === undefined ? undefined : object.data?.state === 'done' ? 'done' : 'begun'
}

export async function writeInstallationMark(
  client: KubernetesClient,
  mesh: MeshName,
  state: InstallationState,
  signal: AbortSignal,
): Promise<void> {
  const mark = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: nameOf(mesh), namespace: NAMESPACE },
    data: { state },
  }
  await applyObjects({ client, objects: [mark], signal })
}
