import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import { pollUntil } from '../../clusters/poll-until.ts'

interface Deployment {
  readonly metadata: { readonly name: string; readonly generation?: number }
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}
/** What of a pod says why it is not ready. */
export interface PodOfRollout {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly phase?: string
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly conditions?: readonly { type: string; status: string; message?: string }[]
  }
}
interface ContainerStatus {
  readonly name: string
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number }
  }
}

const POLL_INTERVAL_MS = 1_000

/** Whether the newest template runs everywhere. Source: kubectl, pkg/polymorphichelpers/rollout_status.go */
const isReady = ({ metadata, spec, status }: Deployment): boolean => {
  const wanted = spec?.replicas ?? 1
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.updatedReplicas ?? 0) >= wanted &&
    (status?.availableReplicas ?? 0) >= wanted
  )
}

export interface RolloutsRequest {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly report: (progress: number | undefined, note?: string) => void
}

/** Waits until all Deployments of a namespace are ready; on a timeout, names the pod that is not and why. */
export async function waitForRollouts(request: RolloutsRequest): Promise<void> {
  const { client, namespace, signal, timeoutMs, report } = request
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
  let missing: readonly string[] = []
  await pollUntil(
    async () => {
      const items = await readItems<Deployment>(client, { path }, signal)
      missing = items.filter(each => !isReady(each)).map(({ metadata }) => metadata.name)
      report(items.length === 0 ? 0 : 1 - missing.length / items.length, missing.join(', '))
      return missing.length === 0 && items.length > 0 ? true : undefined
    },
    () => explain(request, missing),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs, signal },
  )
}

async function explain(
  { client, namespace, signal, timeoutMs }: RolloutsRequest,
  missing: readonly string[],
): Promise<ProblemError> {
  const items = await readItems<PodOfRollout>(
    client,
    { path: `/api/v1/namespaces/${namespace}/pods` },
    signal,
  )
  const reasons = items.flatMap(pod => {
    const reason = whyNotReady(pod)
    return reason === undefined ? [] : [`${pod.metadata.name}: ${reason}`]
  })
  return new ProblemError({
    code: 'unreachable',
    message: `Not ready after ${Math.round(timeoutMs / 1000)} s in ${namespace}: ${missing.join(', ') || 'no Deployment was created'}${reasons[0] === undefined ? '' : ` (${reasons[0]})`}`,
    hint: 'Check the events and logs of the pods, then run this again to continue.',
    ...(reasons.length === 0 ? {} : { raw: reasons.join('\n') }),
  })
}

/** Why a pod is not ready, as its kubelet reports it. */
export function whyNotReady({ status }: PodOfRollout): string | undefined {
  if (status?.phase === 'Succeeded') return undefined
  for (const { name, state } of [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]) {
    if (state?.waiting)
      return `${name} ${[state.waiting.reason, state.waiting.message].filter(Boolean).join(': ')}`
    if (state?.terminated && state.terminated.exitCode !== 0)
      return `${name} ${state.terminated.reason ?? 'ended'} (exit code ${state.terminated.exitCode ?? '?'})`
  }
  return status?.conditions?.find(each => each.type === 'PodScheduled' && each.status === 'False')?.message
}
