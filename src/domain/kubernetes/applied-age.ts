import type { KubernetesObject } from './kubernetes-object.ts'

/** Later than any moment at which an object of a cluster was made. */
const NOT_CREATED_YET = '9999-12-31T23:59:59Z'

/**
 * An object as old as it would be once applied: one that exists keeps its age, a new one is the youngest of all. Where
 * two objects claim the same host, Istio and the Gateway API let the oldest win.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (the server sets creationTimestamp, whatever a
 * text says)
 */
export function withAppliedAge(
  object: KubernetesObject,
  live: KubernetesObject | undefined,
): KubernetesObject {
  const createdAt = live === undefined ? NOT_CREATED_YET : live.metadata.creationTimestamp
  const metadata = { ...object.metadata }
  delete (metadata as { creationTimestamp?: string }).creationTimestamp
  return {
    ...object,
    metadata: createdAt === undefined ? metadata : { ...metadata, creationTimestamp: createdAt },
  }
}
