import { groupOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { readPath } from './read-path.ts'

const MOST = 20

/** The pods that a Service or a workload selects, by its labels. */
export function relatedPods(
  object: KubernetesObject,
  pods: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const selector = selectorOf(object)
  if (selector.length === 0) return []
  return pods
    .filter(
      ({ metadata }) =>
        metadata.namespace === object.metadata.namespace &&
        selector.every(([name, value]) => metadata.labels?.[name] === value),
    )
    .slice(0, MOST)
}

function selectorOf(object: KubernetesObject): readonly [string, unknown][] {
  if (object.kind === 'Service' && groupOf(object.apiVersion) === '') {
    return Object.entries(readPath(object, 'spec', 'selector') ?? {})
  }
  return groupOf(object.apiVersion) === 'apps'
    ? Object.entries(readPath(object, 'spec', 'selector', 'matchLabels') ?? {})
    : []
}
