import type { KubernetesObject, OwnerReference } from '../../../domain/kubernetes/kubernetes-object.ts'
import { compact } from '../../../domain/istio/fields/read-fields.ts'
import type { CollectionName, ObjectStore } from '../../store.ts'
import type { WorldContext } from '../context.ts'
import { randomHex, timestamp } from '../context.ts'
import { collections } from '../collections.ts'
import type { OwnedObjects } from './owned-objects.ts'
import type { WorkQueue } from './work-queue.ts'

export interface ControllerContext extends WorldContext {
  readonly queue: WorkQueue
  readonly owned: OwnedObjects
  /** While the world starts, pods are ready at once: there is nobody to watch them start. */
  readonly isStarting: () => boolean
}

export const ownerReference = ({ apiVersion, kind, metadata }: KubernetesObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

/** Writes the status, and nothing where it is the same already. */
export function writeStatus(
  { store }: WorldContext,
  collection: CollectionName,
  object: KubernetesObject,
  status: unknown,
): void {
  const current = store.get(collection, object.metadata.namespace, object.metadata.name)
  if (current === undefined || current.metadata.uid !== object.metadata.uid) return
  store.update(collection, { ...current, status })
}

/** A condition; its time of transition stays while its status stays. */
export function makeCondition(
  { now }: WorldContext,
  before: readonly Readonly<Record<string, unknown>>[],
  condition: Readonly<{ type: string; status: 'True' | 'False'; reason?: string; message?: string }>,
): Readonly<Record<string, unknown>> {
  const known = before.find(item => item['type'] === condition.type)
  const isSame = known?.['status'] === condition.status
  const time = timestamp(now())
  if (isSame && known['reason'] === condition.reason && known['message'] === condition.message) return known
  return {
    ...condition,
    lastUpdateTime: time,
    lastTransitionTime: isSame ? known['lastTransitionTime'] : time,
  }
}

/** Writes a core/v1 Event about an object, as controllers and the kubelet do. */
export function recordEvent(
  { store, now, random }: WorldContext,
  about: KubernetesObject,
  event: Readonly<{ type?: 'Normal' | 'Warning'; reason: string; message: string; component: string }>,
): void {
  const time = timestamp(now())
  const { namespace, name, uid, resourceVersion } = about.metadata
  forgetOldest(store)
  store.create(collections.events, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomHex(random, 16)}`, namespace: namespace ?? 'default' },
    involvedObject: compact({
      apiVersion: about.apiVersion,
      kind: about.kind,
      namespace,
      name,
      uid,
      resourceVersion,
    }),
    type: event.type ?? 'Normal',
    reason: event.reason,
    message: event.message,
    source: { component: event.component },
    reportingComponent: event.component,
    reportingInstance: '',
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    eventTime: null,
  })
}

const mostEvents = 1000

/** A real API server forgets events after an hour; the playground when there are many. */
function forgetOldest(store: ObjectStore): void {
  const events = store.list(collections.events)
  if (events.length < mostEvents) return
  const versionOf = (event: KubernetesObject): number => Number(event.metadata.resourceVersion ?? 0)
  const oldest = events.reduce((one, other) => (versionOf(other) < versionOf(one) ? other : one))
  store.remove(collections.events, oldest.metadata.namespace, oldest.metadata.name)
}
