import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

/** Who made a pod. */
export interface WorkloadName {
  readonly kind: string
  readonly name: string
}

const HASH = 'pod-template-hash'

/** The controller of a pod; a Deployment's ReplicaSet stands for the Deployment. A pod without one stands for itself. */
export function workloadOf({ metadata }: KubernetesObject): WorkloadName {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (!owner) return { kind: 'Pod', name: metadata.name }
  const hash = metadata.labels?.[HASH]
  // Deployments name their ReplicaSets after themselves and the hash of the template.
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) }
  return { kind: owner.kind, name: owner.name }
}

/** The kinds that `kubectl rollout restart` can restart. */
export const RESTARTABLE_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const
export type RestartableKind = (typeof RESTARTABLE_KINDS)[number]
export const isRestartable = (kind: string): kind is RestartableKind =>
  RESTARTABLE_KINDS.some(each => each === kind)
