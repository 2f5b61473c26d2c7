import { ProblemError } from '../../../domain/problem.ts'
import type { RestartedWorkload } from '../../../shared/contract/setup/injection.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import { pollUntil } from '../../clusters/poll-until.ts'
import { FIELD_MANAGER } from '../../changes/prepared-step.ts'
import { whyNotReady, type PodOfRollout } from '../steps/wait-for-rollouts.ts'
import { readRollout, writeSelector, type RolledOut } from './rollout-state.ts'

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const
const POLL_INTERVAL_MS = 1_000

const pathOf = ({ kind, namespace, name }: RestartedWorkload): string =>
  `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${PLURALS[kind]}/${encodeURIComponent(name)}`

export const nameOf = ({ kind, namespace, name }: RestartedWorkload): string => `${kind} ${namespace}/${name}`

/** Recreates all pods of a workload as `kubectl rollout restart` does, by a new annotation on its template. */
export async function restartWorkload(
  client: KubernetesClient,
  target: RestartedWorkload,
  at: Date,
  signal: AbortSignal,
): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': at.toISOString() }
  await client.readJson({
    method: 'PATCH',
    path: pathOf(target),
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ spec: { template: { metadata: { annotations } } } }),
    signal,
  })
}

export interface RolloutRequest {
  readonly client: KubernetesClient
  readonly target: RestartedWorkload
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly report: (progress: number | undefined, note?: string) => void
}

/** Waits until all pods of a workload are of its newest template and ready; otherwise names the pod that is not and why. */
export async function waitForRollout(request: RolloutRequest): Promise<void> {
  const { client, target, signal, timeoutMs, report } = request
  let last: RolledOut = { kind: target.kind, metadata: {} }
  await pollUntil(
    async () => {
      const live = (await client.readJson({ path: pathOf(target), signal })) as object
      last = { kind: target.kind, ...live } as RolledOut
      const { isDone, ready, wanted, stuck } = readRollout(last)
      report(wanted === 0 ? undefined : ready / wanted, `${ready} of ${wanted} pods`)
      if (isDone) return true
      if (stuck !== undefined) throw await explain(client, target, last, stuck, signal)
      return undefined
    },
    () => explain(client, target, last, `not ready after ${Math.round(timeoutMs / 1000)} s`, signal),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs, signal },
  )
}

async function explain(
  client: KubernetesClient,
  target: RestartedWorkload,
  workload: RolledOut,
  why: string,
  signal: AbortSignal,
): Promise<ProblemError> {
  const path = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods`
  const query = { labelSelector: writeSelector(workload) }
  const items = await readItems<PodOfRollout>(client, { path, query }, signal)
  const reasons = items.flatMap(pod => {
    const reason = whyNotReady(pod)
    return reason === undefined ? [] : [`pod ${pod.metadata.name}: ${reason}`]
  })
  // Pods that a webhook or a quota rejects are never created: the workload's conditions say so.
  const refused = workload.status?.conditions?.find(({ reason }) => reason === 'FailedCreate')?.message
  const reason = reasons[0] ?? refused
  return new ProblemError({
    code: 'unreachable',
    message: `${nameOf(target)} was restarted and does not come up: ${why}${reason === undefined ? '' : ` (${reason})`}`,
    hint: 'Its earlier pods keep running if its strategy allows it. Check the logs and events of the pod, fix it, and resume.',
    ...(reasons.length === 0 ? {} : { raw: reasons.join('\n') }),
  })
}
