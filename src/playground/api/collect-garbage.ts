import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { objectOf, textOf, valueAt } from '../objects/json.ts'
import type { CollectionName, StoreEvent } from '../store.ts'
import { EMPTYING, FOREGROUND, ORPHAN } from './delete-objects.ts'
import type { MemoryStore } from './memory-store.ts'
import { CRDS, NAMESPACES } from './served-types.ts'

const isOf = (a: CollectionName, b: CollectionName): boolean => a.group === b.group && a.plural === b.plural

interface Held {
  readonly collection: CollectionName
  readonly object: KubernetesObject
}

const everything = (store: MemoryStore): readonly Held[] =>
  store.collections().flatMap(collection => store.list(collection).map(object => ({ collection, object })))

const dependentsOf = (store: MemoryStore, uid: string): readonly Held[] =>
  everything(store).filter(({ object }) =>
    (object.metadata.ownerReferences ?? []).some(reference => reference.uid === uid),
  )

const remove = (store: MemoryStore, { collection, object }: Held): void => {
  store.remove(collection, object.metadata.namespace, object.metadata.name)
}

function dropFinalizer(store: MemoryStore, { collection, object }: Held, finalizer: string): void {
  const live = store.get(collection, object.metadata.namespace, object.metadata.name)
  if (live?.metadata.uid !== object.metadata.uid || !live) return
  const finalizers = (live.metadata.finalizers ?? []).filter(name => name !== finalizer)
  store.update(collection, { ...live, metadata: { ...live.metadata, finalizers } })
}

/**
 * What the controllers of Kubernetes do after a deletion: they remove what the object owned, empty a namespace,
 * and remove the objects of a CRD. Returns the function that stops it.
 */
export function collectGarbage(store: MemoryStore): () => void {
  const uids = (): Set<string | undefined> =>
    new Set(everything(store).map(({ object }) => object.metadata.uid))

  /** An object that lost one owner stays while another one lives. */
  function release(uid: string): void {
    const owned = dependentsOf(store, uid)
    if (owned.length === 0) return
    const alive = uids()
    for (const held of owned) {
      const others = (held.object.metadata.ownerReferences ?? []).filter(reference =>
        alive.has(reference.uid),
      )
      if (others.length === 0) remove(store, held)
      else
        store.update(held.collection, {
          ...held.object,
          metadata: { ...held.object.metadata, ownerReferences: others },
        })
    }
  }

  function orphan(owner: Held): void {
    for (const { collection, object } of dependentsOf(store, owner.object.metadata.uid ?? '')) {
      const ownerReferences = (object.metadata.ownerReferences ?? []).filter(
        ({ uid }) => uid !== owner.object.metadata.uid,
      )
      store.update(collection, { ...object, metadata: { ...object.metadata, ownerReferences } })
    }
    dropFinalizer(store, owner, ORPHAN)
  }

  function finishForeground(owner: Held): void {
    const owned = dependentsOf(store, owner.object.metadata.uid ?? '')
    for (const held of owned) remove(store, held)
    const isBlocked = dependentsOf(store, owner.object.metadata.uid ?? '').length > 0
    if (!isBlocked) dropFinalizer(store, owner, FOREGROUND)
  }

  function empty(namespace: Held): void {
    const { name } = namespace.object.metadata
    if (valueAt(namespace.object.status, 'phase') !== 'Terminating') {
      const status = { ...objectOf(namespace.object.status), phase: 'Terminating' }
      store.update(NAMESPACES, { ...namespace.object, status })
      return
    }
    const inside = (): readonly Held[] =>
      everything(store).filter(({ object }) => object.metadata.namespace === name)
    for (const held of inside()) remove(store, held)
    if (inside().length === 0) dropFinalizer(store, namespace, EMPTYING)
  }

  function removeObjectsOf(crd: KubernetesObject): void {
    const collection = {
      group: textOf(valueAt(crd.spec, 'group')),
      plural: textOf(valueAt(crd.spec, 'names', 'plural')),
    }
    for (const object of store.list(collection)) remove(store, { collection, object })
  }

  function endingOf(held: Held): void {
    const finalizers = held.object.metadata.finalizers ?? []
    if (isOf(held.collection, NAMESPACES) && finalizers.includes(EMPTYING)) empty(held)
    else if (finalizers.includes(ORPHAN)) orphan(held)
    else if (finalizers.includes(FOREGROUND)) finishForeground(held)
  }

  return store.subscribe((event: StoreEvent) => {
    const { kind, collection, object } = event
    if (kind === 'modified' && object.metadata.deletionTimestamp !== undefined) endingOf(event)
    if (kind !== 'deleted') return
    if (object.metadata.uid !== undefined) release(object.metadata.uid)
    if (isOf(collection, CRDS)) removeObjectsOf(object)
    retryWaiting(object)
  })

  /** An owner or a namespace may have waited for exactly this object. */
  function retryWaiting(gone: KubernetesObject): void {
    const { namespace, ownerReferences = [] } = gone.metadata
    const home = namespace === undefined ? undefined : store.get(NAMESPACES, undefined, namespace)
    if (home?.metadata.deletionTimestamp !== undefined) endingOf({ collection: NAMESPACES, object: home })
    const owners = new Set(ownerReferences.map(({ uid }) => uid))
    if (owners.size === 0) return
    for (const held of everything(store))
      if (owners.has(held.object.metadata.uid ?? '') && held.object.metadata.deletionTimestamp !== undefined)
        endingOf(held)
  }
}
