import { withAppliedAge } from '../resources/applied-age.ts'
import { resourceIdOf, resourceKey, type KubernetesObject } from '../resources/kubernetes-object.ts'

/** A change of an object as a journal has it; `before` undefined where the change made the object. */
export interface PastChange {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly id: Parameters<typeof resourceKey>[0]
  readonly before: KubernetesObject | undefined
}

/** The live objects as they were at a moment, as far as the changes since then are known. */
export function objectsAt(
  live: readonly KubernetesObject[],
  changes: readonly PastChange[],
  at: number,
): readonly KubernetesObject[] {
  const byKey = new Map(live.map(object => [resourceKey(resourceIdOf(object)), object]))
  // A journal keeps no ages, and the age of an object stays.
  const ages = new Map(byKey)
  // The latest first, so that what the earliest change found is what stays.
  const since = changes.filter(change => change.at > at).sort((one, other) => other.at - one.at)
  for (const { id, before } of since) {
    const key = resourceKey(id)
    if (before === undefined) byKey.delete(key)
    else byKey.set(key, ages.has(key) ? withAppliedAge(before, ages.get(key)) : before)
  }
  return [...byKey.values()]
}

/**
 * Whether an object was changed after a moment, by what the server wrote into it.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management (`managedFields`)
 */
export function isChangedSince({ metadata }: KubernetesObject, at: number): boolean {
  const managed: unknown = (metadata as { readonly managedFields?: unknown }).managedFields
  const times = [
    metadata.creationTimestamp,
    ...(Array.isArray(managed) ? managed : []).map((entry: unknown) =>
      typeof entry === 'object' && entry !== null && 'time' in entry && !('subresource' in entry)
        ? entry.time
        : undefined,
    ),
  ]
  // Kubernetes writes whole seconds.
  return times.some(time => typeof time === 'string' && Date.parse(time) > at)
}
