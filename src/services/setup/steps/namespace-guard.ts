import { ProblemError } from '../../../domain/problem.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'

export const OWNER_LABEL = 'app.kubernetes.io/managed-by'
export const OWNER = 'mesh-workbench'

/** A problem where a namespace of this name exists that we did not create: we put nothing into it. */
export async function requireOwnNamespace(
  client: KubernetesClient,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const namespace = await readLive(client, `/api/v1/namespaces/${name}`, signal)
  if (!namespace || namespace.metadata.labels?.[OWNER_LABEL] === OWNER) return
  throw new ProblemError({
    code: 'conflict',
    message: `The namespace ${name} already exists and was not created by Mesh Workbench`,
    hint: `Choose another cluster, or let Mesh Workbench use it: kubectl label namespace ${name} ${OWNER_LABEL}=${OWNER}`,
  })
}
