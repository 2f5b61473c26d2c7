import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { isObject, listOf, objectOf, textOf } from '../objects/json.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { badRequest, conflict } from '../objects/status-error.ts'
import type { MemoryStore } from './memory-store.ts'
import { liveObject, type Target } from './read-objects.ts'
import { readDryRun } from './write-options.ts'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export interface DeleteOptions {
  readonly isDryRun: boolean
  readonly propagation: Propagation
  readonly uid: string
  readonly resourceVersion: string
}

// Garbage collection takes these off when their work is done.
// Source: k8s.io/apimachinery/pkg/apis/meta/v1, FinalizerOrphanDependents and FinalizerDeleteDependents.
export const ORPHAN = 'orphan'
export const FOREGROUND = 'foregroundDeletion'

function readPropagation(value: string): Propagation {
  if (value === '') return 'Background'
  if (value === 'Background' || value === 'Foreground' || value === 'Orphan') return value
  throw badRequest(
    `propagationPolicy: Unsupported value: ${JSON.stringify(value)}: supported values: "Background", "Foreground", "Orphan"`,
  )
}

/** The DeleteOptions in the body, or without one those of the query: the real server reads only one of both. */
export function readDeleteOptions(asked: URLSearchParams, document: unknown): DeleteOptions {
  if (document !== undefined && !isObject(document))
    throw badRequest('the request body must be DeleteOptions')
  const query = document === undefined ? asked : new URLSearchParams()
  const body = objectOf(document)
  const preconditions = objectOf(body['preconditions'])
  const policy = textOf(body['propagationPolicy']) || (query.get('propagationPolicy') ?? '')
  return {
    isDryRun: readDryRun([...listOf(body['dryRun']).map(textOf), ...query.getAll('dryRun')]),
    propagation: body['orphanDependents'] === true ? 'Orphan' : readPropagation(policy),
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
  }
}

export interface Deleted {
  readonly object: KubernetesObject
  /** False where finalizers, or what is in the namespace, keep it for now. */
  readonly isGone: boolean
}

export function deleteObject(store: MemoryStore, target: Target, options: DeleteOptions): Deleted {
  const { type, namespace, name = '' } = target
  const live = liveObject(store, target)
  const { uid = '', resourceVersion = '' } = live.metadata
  const fail = (what: string, wanted: string, held: string): never => {
    throw conflict(
      type,
      name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${held}`,
    )
  }
  if (options.uid !== '' && options.uid !== uid) fail('UID', options.uid, uid)
  if (options.resourceVersion !== '' && options.resourceVersion !== resourceVersion)
    fail('ResourceVersion', options.resourceVersion, resourceVersion)

  const finalizer = finalizerOf(type, options.propagation)
  if (finalizer !== undefined && !options.isDryRun && live.metadata.deletionTimestamp === undefined)
    store.update(type, {
      ...live,
      metadata: { ...live.metadata, finalizers: [...(live.metadata.finalizers ?? []), finalizer] },
    })
  const object = store.remove(type, namespace, name, { isDryRun: options.isDryRun }) ?? live
  return { object, isGone: object.metadata.deletionTimestamp === undefined }
}

/** A namespace goes when it is empty; `kubernetes` stands in its spec for that, in ours among the finalizers while it ends. */
export const EMPTYING = 'kubernetes'

function finalizerOf(type: ServedResource, propagation: Propagation): string | undefined {
  if (type.group === '' && type.plural === 'namespaces') return EMPTYING
  if (propagation === 'Orphan') return ORPHAN
  return propagation === 'Foreground' ? FOREGROUND : undefined
}
