import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'

/** The object as it is now; undefined where there is none. */
export async function readLive(
  client: KubernetesClient,
  path: string,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  try {
    return (await client.readJson({ path, signal })) as KubernetesObject
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not-found') return undefined
    throw error
  }
}
