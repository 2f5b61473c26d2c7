import { optionalFields } from '../../istio/fields/read-fields.ts'

/** A JSON merge patch applied to a value: null removes a field. Source: RFC 7396, section 2. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const changes = optionalFields(patch)
  if (!changes) return patch
  const result: Record<string, unknown> = { ...optionalFields(target) }
  for (const [key, value] of Object.entries(changes))
    if (value === null) Reflect.deleteProperty(result, key)
    else result[key] = mergePatch(result[key], value)
  return result
}
