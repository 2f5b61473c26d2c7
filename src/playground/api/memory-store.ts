import { randomInt, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject, ObjectMeta } from '../../domain/kubernetes/kubernetes-object.ts'
import { without } from '../objects/json.ts'
import type { CollectionName, ObjectStore, StoreEvent, StoreWriteOptions } from '../store.ts'
import { alreadyExists, badRequest, conflict, notFound } from '../objects/status-error.ts'
import { EventHistory } from './event-history.ts'

export interface StoredObject extends CollectionName {
  readonly object: KubernetesObject
}

/** Everything that a store holds, as data. */
export interface StoreContents {
  readonly resourceVersion: number
  readonly objects: readonly StoredObject[]
}

interface Collection {
  readonly name: CollectionName
  readonly objects: Map<string, KubernetesObject>
  /** The objects in the order of their keys, until the next write. */
  sorted: readonly KubernetesObject[] | undefined
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

// Kinds with a spec of which the real registry counts no generations.
const UNCOUNTED = new Set(['namespaces', 'services', 'nodes', 'persistentvolumes', 'persistentvolumeclaims'])

// The alphabet of k8s.io/apimachinery/pkg/util/rand: no vowels, so that no words come out.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** `web-` becomes `web-x7k2p`, as the API server makes it. */
export const nameFrom = (generateName: string): string =>
  generateName + Array.from({ length: 5 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')

/** The objects of the playground in memory, with the last events for watches. */
export class MemoryStore implements ObjectStore {
  readonly #collections = new Map<string, Collection>()
  readonly #listeners = new Set<(event: StoreEvent) => void>()
  readonly #pending: StoreEvent[] = []
  readonly #now: () => number
  readonly #history: EventHistory
  #isDelivering = false
  #resourceVersion: number

  constructor({
    contents = { resourceVersion: 1, objects: [] },
    now = Date.now,
    historySize = 5_000,
  }: { contents?: StoreContents; now?: () => number; historySize?: number } = {}) {
    this.#now = now
    this.#resourceVersion = contents.resourceVersion
    this.#history = new EventHistory(contents.resourceVersion, historySize)
    for (const { object, ...name } of contents.objects)
      this.#collection(name).objects.set(keyOf(object.metadata.namespace, object.metadata.name), object)
  }

  get resourceVersion(): number {
    return this.#resourceVersion
  }

  /** The last events, for watches and for lists of the past. */
  get history(): EventHistory {
    return this.#history
  }

  list(collection: CollectionName, namespace?: string): readonly KubernetesObject[] {
    const held = this.#collection(collection)
    held.sorted ??= [...held.objects.keys()].sort().flatMap(key => held.objects.get(key) ?? [])
    return namespace === undefined
      ? held.sorted
      : held.sorted.filter(object => object.metadata.namespace === namespace)
  }

  get(collection: CollectionName, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#collection(collection).objects.get(keyOf(namespace, name))
  }

  create(
    collection: CollectionName,
    object: KubernetesObject,
    { isDryRun = false }: StoreWriteOptions = {},
  ): KubernetesObject {
    const { metadata } = object
    const name = metadata.name || (metadata.generateName ? nameFrom(metadata.generateName) : '')
    if (name === '') throw badRequest('name or generateName is required')
    if (this.get(collection, metadata.namespace, name)) throw alreadyExists(collection, name)
    const created: KubernetesObject = {
      ...object,
      metadata: {
        ...metadata,
        name,
        uid: randomUUID(),
        creationTimestamp: this.#time(),
        ...(object.spec === undefined || UNCOUNTED.has(collection.plural) ? {} : { generation: 1 }),
      },
    }
    return isDryRun ? created : this.#write('added', collection, created)
  }

  update(
    collection: CollectionName,
    object: KubernetesObject,
    { isDryRun = false }: StoreWriteOptions = {},
  ): KubernetesObject {
    const { name, namespace, resourceVersion } = object.metadata
    const previous = this.get(collection, namespace, name)
    if (!previous) throw notFound(collection, name)
    const held = previous.metadata
    if (resourceVersion && resourceVersion !== held.resourceVersion) throw conflict(collection, name)
    const updated: KubernetesObject = {
      ...object,
      metadata: {
        ...object.metadata,
        ...pick(held, ['uid', 'creationTimestamp', 'generation', 'resourceVersion', 'deletionTimestamp']),
      },
    }
    if (isDeepStrictEqual(updated, previous)) return previous
    const raised =
      held.generation !== undefined && !isDeepStrictEqual(desired(updated), desired(previous))
        ? { ...updated, metadata: { ...updated.metadata, generation: held.generation + 1 } }
        : updated
    if (isDryRun) return raised
    const isGone = held.deletionTimestamp !== undefined && (raised.metadata.finalizers ?? []).length === 0
    return this.#write(isGone ? 'deleted' : 'modified', collection, raised, previous)
  }

  remove(
    collection: CollectionName,
    namespace: string | undefined,
    name: string,
    { isDryRun = false }: StoreWriteOptions = {},
  ): KubernetesObject | undefined {
    const previous = this.get(collection, namespace, name)
    if (!previous) return undefined
    const { metadata } = previous
    if ((metadata.finalizers ?? []).length === 0)
      return isDryRun ? previous : this.#write('deleted', collection, previous, previous)
    if (metadata.deletionTimestamp !== undefined) return previous
    const ending: KubernetesObject = {
      ...previous,
      metadata: {
        ...metadata,
        deletionTimestamp: this.#time(),
        ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
      },
    }
    return isDryRun ? ending : this.#write('modified', collection, ending, previous)
  }

  /** Removes everything, finalizers or not, and tells it. */
  clear(): void {
    for (const { name, objects } of this.#collections.values())
      for (const object of [...objects.values()]) this.#write('deleted', name, object, object)
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Every collection that was ever written. */
  collections(): readonly CollectionName[] {
    return [...this.#collections.values()].map(({ name }) => name)
  }

  contents(): StoreContents {
    return {
      resourceVersion: this.#resourceVersion,
      objects: [...this.#collections.values()].flatMap(({ name, objects }) =>
        [...objects.values()].map(object => ({ ...name, object })),
      ),
    }
  }

  #collection({ group, plural }: CollectionName): Collection {
    const key = `${group}/${plural}`
    let collection = this.#collections.get(key)
    if (!collection) {
      collection = { name: { group, plural }, objects: new Map(), sorted: undefined }
      this.#collections.set(key, collection)
    }
    return collection
  }

  #write(
    kind: StoreEvent['kind'],
    name: CollectionName,
    object: KubernetesObject,
    previous?: KubernetesObject,
  ): KubernetesObject {
    const collection = this.#collection(name)
    const resourceVersion = String(++this.#resourceVersion)
    const written = { ...object, metadata: { ...object.metadata, resourceVersion } }
    const key = keyOf(written.metadata.namespace, written.metadata.name)
    if (kind === 'deleted') collection.objects.delete(key)
    else collection.objects.set(key, written)
    collection.sorted = undefined
    const event: StoreEvent = {
      kind,
      collection: collection.name,
      object: written,
      ...(previous ? { previous } : {}),
    }
    this.#history.add(this.#resourceVersion, event)
    this.#deliver(event)
    return written
  }

  /** A listener that writes makes further events: they wait, so that every listener hears all in the same order. */
  #deliver(event: StoreEvent): void {
    this.#pending.push(event)
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      for (let next = this.#pending.shift(); next; next = this.#pending.shift())
        for (const listener of [...this.#listeners]) listener(next)
    } finally {
      this.#isDelivering = false
    }
  }

  /** RFC 3339 in seconds, as metav1.Time writes it. */
  #time(): string {
    return new Date(this.#now()).toISOString().replace(/\.\d+Z$/, 'Z')
  }
}

/** What raises `generation`: everything but metadata and status. */
const desired = (object: KubernetesObject): unknown => without(object, 'metadata', 'status')

const pick = (metadata: ObjectMeta, keys: readonly (keyof ObjectMeta)[]): Partial<ObjectMeta> =>
  Object.fromEntries(keys.flatMap(key => (metadata[key] === undefined ? [] : [[key, metadata[key]]])))
