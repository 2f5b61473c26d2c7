import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** What every decoded object of the mesh has. `object` is the untouched original. */
export interface NamedObject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly object: KubernetesObject
}

/** The identity of an object; one from a file that names no namespace is in `default`, as kubectl would put it. */
export const nameObject = (object: KubernetesObject): NamedObject => ({
  kind: object.kind,
  namespace: object.metadata.namespace ?? 'default',
  name: object.metadata.name,
  object,
})

/**
 * Oldest first, then by name and namespace: Istio's order where two objects claim the same thing.
 * Source: https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
export function compareAge(one: NamedObject, other: NamedObject): number {
  const mine = one.object.metadata.creationTimestamp ?? ''
  const theirs = other.object.metadata.creationTimestamp ?? ''
  if (mine !== theirs) return mine < theirs ? -1 : 1
  return compareTexts(one.name, other.name) || compareTexts(one.namespace, other.namespace)
}

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Whether the labels hold everything that the selector asks for; an empty selector asks for nothing. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false
  return true
}
