import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { isObject } from '../objects/json.ts'
import type { CollectionName, StoreEvent } from '../store.ts'
import type { StoreContents, StoredObject } from './memory-store.ts'

/** What became of one object, a line of the log. */
export interface LoggedChange extends CollectionName {
  readonly resourceVersion: number
  readonly namespace?: string
  readonly name: string
  /** Absent where the object is gone. */
  readonly object?: KubernetesObject
}

/** The change that an event was. */
export function changeOf({ kind, collection, object }: StoreEvent): LoggedChange {
  const { namespace, name, resourceVersion } = object.metadata
  return {
    ...collection,
    resourceVersion: Number(resourceVersion),
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(kind === 'deleted' ? {} : { object }),
  }
}

/** Names the object of a change. */
export const changeKey = ({
  group,
  plural,
  namespace = '',
  name,
}: Omit<LoggedChange, 'resourceVersion'>): string => [group, plural, namespace, name].join('/')

const isChange = (value: unknown): value is LoggedChange =>
  isObject(value) &&
  typeof value['group'] === 'string' &&
  typeof value['plural'] === 'string' &&
  typeof value['name'] === 'string' &&
  typeof value['resourceVersion'] === 'number' &&
  (value['namespace'] === undefined || typeof value['namespace'] === 'string') &&
  (value['object'] === undefined || isObject(value['object']))

/** The lines of a log that are whole. The last one may be half: nobody was told that it was kept. */
export function readChanges(text: string): readonly LoggedChange[] {
  const changes: LoggedChange[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      // Written when the process was killed; what stands behind it was never acknowledged.
      break
    }
    if (!isChange(value)) break
    changes.push(value)
  }
  return changes
}

/** The contents with the changes that came after them. */
export function withChanges(contents: StoreContents, changes: readonly LoggedChange[]): StoreContents {
  const objects = new Map<string, StoredObject>()
  for (const stored of contents.objects)
    objects.set(changeKey({ ...stored, ...nameOf(stored.object) }), stored)
  let { resourceVersion } = contents
  for (const change of changes) {
    // Those before were in the contents when these were written.
    if (change.resourceVersion <= contents.resourceVersion) continue
    resourceVersion = Math.max(resourceVersion, change.resourceVersion)
    const { group, plural, object } = change
    if (object === undefined) objects.delete(changeKey(change))
    else objects.set(changeKey(change), { group, plural, object })
  }
  return { resourceVersion, objects: [...objects.values()] }
}

const nameOf = ({
  metadata: { namespace, name },
}: KubernetesObject): { namespace?: string; name: string } => ({
  ...(namespace === undefined ? {} : { namespace }),
  name,
})
