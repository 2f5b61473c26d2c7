import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { CollectionName, ObjectStore, StoreEvent } from '../../store.ts'
import { collectionKey, ownedCollections } from '../collections.ts'

interface Entry {
  readonly collection: CollectionName
  readonly object: KubernetesObject
}

/** Which objects an object owns, kept from the store's events so that no controller lists a whole collection. */
export class OwnedObjects {
  readonly #byOwner = new Map<string, Map<string, Entry>>()

  constructor(store: ObjectStore) {
    for (const collection of ownedCollections)
      for (const object of store.list(collection)) this.#put(collection, object)
  }

  hear({ kind, collection, object, previous }: StoreEvent): void {
    if (previous) this.#drop(previous)
    if (kind === 'deleted') this.#drop(object)
    else this.#put(collection, object)
  }

  /** What a controller of this uid owns in a collection, by name. */
  list(collection: CollectionName, ownerUid: string | undefined): readonly KubernetesObject[] {
    const key = collectionKey(collection)
    if (ownerUid === undefined) return []
    return [...(this.#byOwner.get(ownerUid)?.values() ?? [])]
      .filter(entry => collectionKey(entry.collection) === key)
      .map(entry => entry.object)
      .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
  }

  #put(collection: CollectionName, object: KubernetesObject): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      let children = this.#byOwner.get(uid)
      if (children === undefined) this.#byOwner.set(uid, (children = new Map<string, Entry>()))
      children.set(object.metadata.uid ?? '', { collection, object })
    }
  }

  #drop(object: KubernetesObject): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const children = this.#byOwner.get(uid)
      children?.delete(object.metadata.uid ?? '')
      if (children?.size === 0) this.#byOwner.delete(uid)
    }
  }
}
