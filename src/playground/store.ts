import type { KubernetesObject } from '../domain/kubernetes/kubernetes-object.ts'

/** Names a stored collection whatever version it is served in. */
export interface CollectionName {
  readonly group: string
  readonly plural: string
}

export interface StoreEvent {
  readonly kind: 'added' | 'modified' | 'deleted'
  readonly collection: CollectionName
  readonly object: KubernetesObject
  /** The object before; absent for `added`. */
  readonly previous?: KubernetesObject
}

export interface StoreWriteOptions {
  /** Answers what would be stored, and stores nothing. */
  readonly isDryRun?: boolean
}

/**
 * The objects of the playground: what etcd and the registry are to a real API server. Objects are never changed in
 * place; each write makes a new one with the next resourceVersion.
 */
export interface ObjectStore {
  list(collection: CollectionName, namespace?: string): readonly KubernetesObject[]
  get(collection: CollectionName, namespace: string | undefined, name: string): KubernetesObject | undefined
  /** Sets uid, creationTimestamp, resourceVersion, generation; makes a name of generateName. Throws a StatusError `AlreadyExists`. */
  create(collection: CollectionName, object: KubernetesObject, options?: StoreWriteOptions): KubernetesObject
  /** Replaces; raises generation when spec changed; a resourceVersion that is set must be the current one (StatusError `Conflict`). Nothing is written where nothing differs. */
  update(collection: CollectionName, object: KubernetesObject, options?: StoreWriteOptions): KubernetesObject
  /** Removes, or with finalizers sets deletionTimestamp. Returns the last state; undefined where there was none. */
  remove(
    collection: CollectionName,
    namespace: string | undefined,
    name: string,
    options?: StoreWriteOptions,
  ): KubernetesObject | undefined
  /** Hears every event, in order, after it happened. Returns the function that stops it. */
  subscribe(listener: (event: StoreEvent) => void): () => void
}
