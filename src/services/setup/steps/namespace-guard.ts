import { ProblemError } from '../../../domain/problem.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'

export const OWNER_LABEL = 'app.kubernetes.io/managed-by'
export const OWNER = 'mesh-workbench'

/** A problem where somebody else has a namespace of this name: nothing of the set-up goes into it. */
export async function demandOwnNamespace(
  client: KubernetesClient,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const namespace = await readLive(client, `/api/v1/namespaces/${name}`, signal)
  if (!namespace || namespace.metadata.labels?.[OWNER_LABEL] === OWNER) return
  throw new ProblemError({
    code: 'conflict',
    message: `The namespace ${name} is there already and the set-up did not make it`,
    hint: `Choose another cluster, or let the set-up use it: kubectl label namespace ${name} ${OWNER_LABEL}=${OWNER}`,
  })
}
