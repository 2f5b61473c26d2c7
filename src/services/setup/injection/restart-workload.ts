import { ProblemError } from '../../../domain/problem.ts'
import type { RestartedWorkload } from '../../../shared/contract/setup/injection.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import { pause } from '../../clusters/pause.ts'
import { FIELD_MANAGER } from '../../changes/prepared-step.ts'
import { whyNotReady, type PodOfRollout } from '../steps/wait-for-rollouts.ts'
import { readRollout, writeSelector, type RolledOut } from './rollout-state.ts'

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const
const LOOK_AGAIN = 1_000

const pathOf = ({ kind, namespace, name }: RestartedWorkload): string =>
  `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${PLURALS[kind]}/${encodeURIComponent(name)}`

export const nameOf = ({ kind, namespace, name }: RestartedWorkload): string => `${kind} ${namespace}/${name}`

/** Has all pods of a workload made anew, as `kubectl rollout restart` does: by a new annotation on its template. */
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

/** Waits until all pods of a workload are of its newest template and ready; says for which pod it waited in vain, and why. */
export async function waitForRollout({
  client,
  target,
  signal,
  longest,
  report,
}: {
  readonly client: KubernetesClient
  readonly target: RestartedWorkload
  readonly signal: AbortSignal
  readonly longest: number
  readonly report: (progress: number | undefined, note?: string) => void
}): Promise<void> {
  const late = AbortSignal.timeout(longest)
  for (;;) {
    signal.throwIfAborted()
    const workload = {
      kind: target.kind,
      ...((await client.readJson({ path: pathOf(target), signal })) as object),
    }
    const rolledOut = workload as RolledOut
    const { isDone, ready, wanted, stuck } = readRollout(rolledOut)
    report(wanted === 0 ? undefined : ready / wanted, `${ready} of ${wanted} pods`)
    if (isDone) return
    if (stuck !== undefined || late.aborted) {
      const waited = `not ready after ${Math.round(longest / 1000)} s`
      throw await explain(client, target, rolledOut, stuck ?? waited, signal)
    }
    await pause(LOOK_AGAIN, signal)
  }
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
  // Pods that a webhook or a quota refuses never come to be: the workload's own conditions say so.
  const refused = workload.status?.conditions?.find(({ reason }) => reason === 'FailedCreate')?.message
  const reason = reasons[0] ?? refused
  return new ProblemError({
    code: 'unreachable',
    message: `${nameOf(target)} was restarted and does not come up: ${why}${reason === undefined ? '' : ` (${reason})`}`,
    hint: 'Its earlier pods keep running where its strategy allows it. Look at the logs and events of the pod, mend it, and resume.',
    ...(reasons.length === 0 ? {} : { raw: reasons.join('\n') }),
  })
}
