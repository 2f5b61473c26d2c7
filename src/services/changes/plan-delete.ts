import { ProblemError } from '../../domain/problem.ts'
import type { ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { addressOf } from './object-addresses.ts'
import { asDryRun, isSuccess, type PreparedStep } from './prepared-step.ts'
import { stateDigest } from './compare-objects.ts'
import { readLive } from './read-live.ts'
import { showChange } from './show-object.ts'

/** Plans to delete an object: what is lost, and whether the server would let it go. */
export async function planDelete(
  client: KubernetesClient,
  asked: ResourceId,
  namespace: string,
  signal: AbortSignal,
): Promise<PreparedStep> {
  const { path, id } = await addressOf(client, asked, namespace, signal)
  const live = await readLive(client, path, signal)
  if (!live) throw new ProblemError({ code: 'not-found', message: `${id.kind} ${id.name} no longer exists` })
  const request = {
    method: 'DELETE',
    path,
    body: JSON.stringify({ propagationPolicy: 'Background' }),
  } as const
  const answer = await client.request({ ...asDryRun(request), signal })
  const finalizers = live.metadata.finalizers ?? []
  return {
    operation: { id, action: 'delete', request, path, live },
    step: {
      id,
      action: 'delete',
      line: 1,
      base: stateDigest(live),
      ...showChange(live, undefined),
      conflicts: [],
      problems: isSuccess(answer) ? [] : [statusProblem(answer.status, answer.body)],
      warnings:
        finalizers.length > 0 ? [`It goes only when its finalizers are done: ${finalizers.join(', ')}`] : [],
    },
  }
}
