import { fitsLabelSelector } from '../../kubernetes/label-selector.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { Fields } from '../fields/read-fields.ts'

/** What every namespace has: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const NAME_LABEL = 'kubernetes.io/metadata.name'

/**
 * The objects that istiod looks at: those in namespaces that one of the selectors fits, and those in none. A namespace
 * that is not among the objects has no label but its name.
 * Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig (discoverySelectors).
 */
export function discoveredObjects(
  objects: readonly KubernetesObject[],
  selectors: readonly Fields[],
): readonly KubernetesObject[] {
  if (selectors.length === 0) return objects
  const labels = new Map(
    objects
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata }) => [metadata.name, metadata.labels ?? {}] as const),
  )
  const answers = new Map<string, boolean>()
  const isDiscovered = (namespace: string): boolean => {
    let answer = answers.get(namespace)
    if (answer === undefined) {
      const own = { [NAME_LABEL]: namespace, ...labels.get(namespace) }
      answer = selectors.some(selector => fitsLabelSelector(selector, own))
      answers.set(namespace, answer)
    }
    return answer
  }
  return objects.filter(
    ({ kind, metadata }) =>
      kind === 'Namespace' ||
      kind === 'GatewayClass' ||
      kind === 'IngressClass' ||
      isDiscovered(metadata.namespace ?? 'default'),
  )
}
