import { fieldsOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import {
  asksAmbient,
  decideInjection,
  explainPod,
  optsOutOfAmbient,
  type InjectionScope,
} from './explain-pod.ts'
import type { InjectionPatch } from './injection-change.ts'
import { mergePatch } from './merge-patch.ts'
import { readPodProxy } from './pod-proxy.ts'
import { workloadOf, type WorkloadName } from './workload-of.ts'

/** What a change of injection means for the pods of one workload. */
export interface InjectionEffect {
  readonly workload: WorkloadName
  readonly pods: number
  /** The first three at a restart; ambient mode's `joins` and `leaves` at once; `stays` with why. */
  readonly effect: 'gains' | 'loses' | 'updates' | 'joins' | 'leaves' | 'stays'
  readonly message?: string
}

/** What a patch of a namespace, or of one workload in it, would do to its pods. Same input, same answer; nothing is sent. */
export function planInjection(
  { id, patch }: InjectionPatch,
  namespace: KubernetesObject,
  pods: readonly KubernetesObject[],
  scope: InjectionScope,
): readonly InjectionEffect[] {
  const isWhole = id.kind === 'Namespace'
  const outer = isWhole ? (mergePatch(namespace, patch) as KubernetesObject) : namespace
  const template = fieldsOf(fieldsOf(fieldsOf(patch)['spec'])['template'])
  const isJoining = textsIn(patch).some(value => !['disabled', 'false', 'none'].includes(value))
  const effects = new Map<string, InjectionEffect>()
  for (const pod of pods) {
    const workload = workloadOf(pod)
    if (pod.metadata.namespace !== namespace.metadata.name) continue
    if (!isWhole && (workload.kind !== id.kind || workload.name !== id.name)) continue
    const next = isWhole
      ? pod
      : (mergePatch(pod, { metadata: fieldsOf(template['metadata']) }) as KubernetesObject)
    const change = effectOn(pod, next, namespace, outer, scope)
    // Who stays out of what nobody wants in is no news.
    if (!change || (change.effect === 'stays' && !isJoining)) continue
    const key = JSON.stringify([workload, change])
    const before = effects.get(key)
    effects.set(key, { workload, ...change, pods: (before?.pods ?? 0) + 1 })
  }
  return [...effects.values()]
}

/** The texts in a value, at any depth. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Object.values(fieldsOf(value)).flatMap(textsIn)

function effectOn(
  pod: KubernetesObject,
  next: KubernetesObject,
  namespace: KubernetesObject,
  outer: KubernetesObject,
  scope: InjectionScope,
): Pick<InjectionEffect, 'effect' | 'message'> | undefined {
  const now = explainPod(pod, namespace, scope)
  if (now.state === 'exempt' || now.reason === 'own-proxy') return undefined
  const proxy = readPodProxy(pod)
  const decision = decideInjection(next, outer, scope)
  const joinsAmbient = asksAmbient(next, outer)
  if (decision.isInjected) {
    if (!proxy || proxy.mode === 'ambient') return { effect: 'gains' }
    const isOther = (proxy.mode === 'linkerd') !== (decision.webhook.mesh === 'linkerd')
    const isMoving =
      proxy.revision !== undefined &&
      decision.webhook.revision !== undefined &&
      proxy.revision !== decision.webhook.revision
    return isOther || isMoving ? { effect: 'updates' } : undefined
  }
  if (proxy && proxy.mode !== 'ambient') return { effect: 'loses' }
  if (joinsAmbient) {
    if (proxy) return undefined
    const { reason, message } = explainPod(next, outer, scope)
    return reason === 'host-network' ? { effect: 'stays', message } : { effect: 'joins' }
  }
  if (proxy) return { effect: 'leaves' }
  if (optsOutOfAmbient(next, outer))
    return { effect: 'stays', message: explainPod(next, outer, scope).message }
  const isRequested = decision.code !== 'not-asked' && decision.code !== 'namespace-opted-out'
  return isRequested ? { effect: 'stays', message: decision.message } : undefined
}
