import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { applyJsonPatch } from './json-patch.ts'
import { isObject } from './json.ts'
import { schemaOf } from './schema-lookup.ts'
import type { ServedResource } from './served-resource.ts'
import { badRequest, unknownMediaType, unsupportedMediaType } from './status-error.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

export const jsonPatchType = 'application/json-patch+json'
export const mergePatchType = 'application/merge-patch+json'
export const strategicMergePatchType = 'application/strategic-merge-patch+json'
export const applyPatchType = 'application/apply-patch+yaml'

/** RFC 7386: null removes, objects merge, all else replaces. */
export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = { ...(isObject(original) ? original : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key)
    else merged[key] = applyMergePatch(merged[key], value)
  }
  return merged
}

/** The object with a patch of one of the three kinds put onto it; not yet admitted. Throws a StatusError. */
export function applyPatch(
  contentType: string,
  original: KubernetesObject,
  patch: unknown,
  resource: ServedResource,
): KubernetesObject {
  const patched = patchedValue(contentType.split(';')[0]?.trim() ?? '', original, patch, resource)
  if (!isObject(patched)) throw badRequest('the patch leaves no object')
  return patched as KubernetesObject
}

function patchedValue(
  mediaType: string,
  original: KubernetesObject,
  patch: unknown,
  resource: ServedResource,
): unknown {
  switch (mediaType) {
    case jsonPatchType:
      return applyJsonPatch(original, patch)
    case mergePatchType:
      return applyMergePatch(original, objectPatch(patch))
    case strategicMergePatchType:
      if (!resource.isCustom)
        return applyStrategicMergePatch(original, objectPatch(patch), schemaOf(resource))
      throw unsupportedMediaType([jsonPatchType, mergePatchType, applyPatchType])
    default:
      throw unknownMediaType()
  }
}

function objectPatch(patch: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  return patch
}
