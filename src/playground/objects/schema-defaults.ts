import { isObject } from './json.ts'
import type { Schema } from './schema.ts'

/** The value with the defaults of a custom resource's schema; a null that may not be is as nothing where there is one. */
export function withSchemaDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined
      ? value
      : (value as readonly unknown[]).map(item => withSchemaDefaults(items, item))
  }
  if (!isObject(value)) return value
  const filled: Record<string, unknown> = { ...value }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const own = filled[name]
    const isAbsent = own === undefined || (own === null && property.nullable !== true)
    if (isAbsent && property.default !== undefined) filled[name] = structuredClone(property.default)
    if (filled[name] !== undefined) filled[name] = withSchemaDefaults(property, filled[name])
  }
  if (typeof schema.additionalProperties === 'object')
    for (const [name, child] of Object.entries(value))
      if (schema.properties?.[name] === undefined)
        filled[name] = withSchemaDefaults(schema.additionalProperties, child)
  return filled
}
