import { withAppliedAge } from '../kubernetes/applied-age.ts'
import { resourceIdOf, resourceKey, type KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** What a change leaves of one object; `after` undefined where it removes it. */
export interface ObjectChange {
  readonly id: Parameters<typeof resourceKey>[0]
  readonly after: KubernetesObject | undefined
}

/** The live objects as they would be after a change, each as old as it would be then: the age orders rules. */
export function objectsAfter(
  live: readonly KubernetesObject[],
  changes: readonly ObjectChange[],
): readonly KubernetesObject[] {
  const byKey = new Map(live.map(object => [resourceKey(resourceIdOf(object)), object]))
  for (const { id, after } of changes) {
    const key = resourceKey(id)
    if (after === undefined) byKey.delete(key)
    else byKey.set(key, withAppliedAge(after, byKey.get(key)))
  }
  return [...byKey.values()]
}
