import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { CollectionName, StoreEvent } from '../store.ts'

interface Entry {
  readonly resourceVersion: number
  readonly event: StoreEvent
}

const isOf = ({ event }: Entry, { group, plural }: CollectionName): boolean =>
  event.collection.group === group && event.collection.plural === plural

/** The last events of a store. What is older is gone, as after a compaction of etcd. */
export class EventHistory {
  #entries: Entry[] = []
  #oldest: number
  readonly #size: number

  /** Knows everything since `oldest`. */
  constructor(oldest: number, size: number) {
    this.#oldest = oldest
    this.#size = size
  }

  /** The oldest resourceVersion from which a watch may start. */
  get oldest(): number {
    return this.#oldest
  }

  /** Forgets everything up to a resourceVersion. */
  forget(resourceVersion: number): void {
    this.#oldest = Math.max(this.#oldest, resourceVersion)
    this.#entries = this.#entries.filter(entry => entry.resourceVersion > resourceVersion)
  }

  add(resourceVersion: number, event: StoreEvent): void {
    this.#entries.push({ resourceVersion, event })
    // Cut in large pieces: removing the first of an array moves all others.
    if (this.#entries.length < this.#size * 2) return
    const cut = this.#entries.length - this.#size
    this.#oldest = this.#entries[cut - 1]?.resourceVersion ?? this.#oldest
    this.#entries = this.#entries.slice(cut)
  }

  /** The events after a resourceVersion; undefined where some of them are forgotten. */
  since(collection: CollectionName, resourceVersion: number): readonly StoreEvent[] | undefined {
    if (resourceVersion < this.#oldest) return undefined
    return this.#after(collection, resourceVersion).map(entry => entry.event)
  }

  /** The objects as they were at a resourceVersion, made from those of now; undefined where that is forgotten. */
  rewind(
    collection: CollectionName,
    objects: readonly KubernetesObject[],
    resourceVersion: number,
  ): readonly KubernetesObject[] | undefined {
    if (resourceVersion < this.#oldest) return undefined
    const events = this.#after(collection, resourceVersion)
    if (events.length === 0) return objects
    const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`
    const past = new Map(objects.map(object => [keyOf(object), object]))
    for (const { event } of events.toReversed()) {
      if (event.previous) past.set(keyOf(event.previous), event.previous)
      else past.delete(keyOf(event.object))
    }
    return [...past.keys()].sort().flatMap(key => past.get(key) ?? [])
  }

  #after(collection: CollectionName, resourceVersion: number): readonly Entry[] {
    let first = this.#entries.length
    while (first > 0 && (this.#entries[first - 1]?.resourceVersion ?? 0) > resourceVersion) first--
    return this.#entries.slice(first).filter(entry => isOf(entry, collection))
  }
}
