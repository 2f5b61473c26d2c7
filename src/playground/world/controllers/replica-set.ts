import { fieldsOf, numberOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { randomSuffix } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { recordEvent, writeStatus } from './controller-context.ts'
import { isPodReady } from './pod-lifecycle.ts'
import { buildPod } from './pod-template.ts'

/** Makes and removes pods until there are as many as the ReplicaSet asks for. */
export function reconcileReplicaSet(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store, owned, random } = context
  const set = store.get(collections.replicaSets, namespace, name)
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return
  const wanted = numberOf(fieldsOf(set.spec)['replicas']) ?? 1
  const pods = activePods(owned.list(collections.pods, set.metadata.uid))
  const component = 'replicaset-controller'
  for (let count = pods.length; count < wanted; count += 1) {
    const pod = store.create(collections.pods, buildPod(context, set, `${name}-${randomSuffix(random)}`))
    if (!context.isStarting())
      recordEvent(context, set, {
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
        component,
      })
  }
  for (const pod of removalOrder(pods).slice(0, Math.max(0, pods.length - wanted))) {
    store.remove(collections.pods, namespace, pod.metadata.name)
    recordEvent(context, set, {
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      component,
    })
  }
  const current = activePods(owned.list(collections.pods, set.metadata.uid))
  const ready = current.filter(isPodReady).length
  writeStatus(context, collections.replicaSets, set, {
    replicas: current.length,
    ...(current.length === 0 ? {} : { fullyLabeledReplicas: current.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: set.metadata.generation ?? 1,
  })
}

/** Pods that still count: neither finished nor on their way out. */
export const activePods = (pods: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  pods.filter(pod => {
    const phase = fieldsOf(pod.status)['phase']
    return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed'
  })

/** Those that are not ready go first, then the youngest. */
const removalOrder = (pods: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  [...pods].sort((one, other) => {
    const readiness = Number(isPodReady(one)) - Number(isPodReady(other))
    if (readiness !== 0) return readiness
    return (other.metadata.creationTimestamp ?? '') < (one.metadata.creationTimestamp ?? '') ? -1 : 1
  })
