import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'

/** Whether two states of an object say the same, whatever the server counts and reports in them. */
export function isSameConfiguration(one: KubernetesObject, other: KubernetesObject): boolean {
  if (one === other) return true
  const { uid, resourceVersion } = one.metadata
  if (resourceVersion !== undefined && uid === other.metadata.uid)
    if (resourceVersion === other.metadata.resourceVersion) return true
  return isDeepEqual(configurationOf(one), configurationOf(other))
}

function configurationOf(object: KubernetesObject): Readonly<Record<string, unknown>> {
  const { name, namespace, labels, annotations } = object.metadata
  return { ...object, apiVersion: '', status: undefined, metadata: { name, namespace, labels, annotations } }
}
