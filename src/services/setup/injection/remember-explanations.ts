import { explainPod, type InjectionScope } from '../../../domain/setup/injection/explain-pod.ts'
import type { PodInjection } from '../../../domain/setup/injection/pod-injection.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'

/**
 * Explains only pods that have changed since the last time: the lists give the same object for a pod that is the same.
 * What was known is forgotten where the webhooks or control planes have changed.
 */
export function rememberExplanations(): (dependencies: InjectionScope) => typeof explainPod {
  let known = new WeakMap<KubernetesObject, readonly [KubernetesObject, PodInjection]>()
  let last = ''
  return dependencies => {
    const { webhooks, planes, ambientNodes = [] } = dependencies
    const now = JSON.stringify([webhooks, planes, [...ambientNodes]])
    if (now !== last) known = new WeakMap()
    last = now
    return (pod, namespace) => {
      const before = known.get(pod)
      if (before?.[0] === namespace) return before[1]
      const found = explainPod(pod, namespace, dependencies)
      known.set(pod, [namespace, found])
      return found
    }
  }
}
