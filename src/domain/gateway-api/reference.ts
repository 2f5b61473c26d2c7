import type { Fields } from '../istio/fields/read-fields.ts'
import { textOf } from '../istio/fields/read-fields.ts'

/** A reference to an object by another, with the defaults of its kind put in. */
export interface Reference {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Whether the reference says its namespace itself. */
  readonly hasNamespace: boolean
}

/** Reads a reference; nothing said about the namespace means that of the object that refers. */
export function readReference(
  fields: Fields,
  fallback: { readonly group: string; readonly kind: string },
  namespace: string,
): Reference {
  const group = fields['group']
  const own = textOf(fields['namespace'])
  return {
    group: typeof group === 'string' ? group : fallback.group,
    kind: textOf(fields['kind']) ?? fallback.kind,
    namespace: own ?? namespace,
    name: textOf(fields['name']) ?? '',
    hasNamespace: own !== undefined,
  }
}
