import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { ServedResource } from './served-resource.ts'
import { unsupportedMediaType } from './status-error.ts'

/** The object with a patch of one of the three kinds put onto it; not yet admitted. Throws a StatusError. */
export function applyPatch(
  contentType: string,
  original: KubernetesObject,
  patch: unknown,
  resource: ServedResource,
): KubernetesObject {
  if (resource.plural === '' || patch === undefined) return original
  throw unsupportedMediaType([contentType])
}
