import { apiVersionOf } from '../kubernetes/kubernetes-object.ts'
import type { JsonSchema } from './json-schema.ts'
import { translatePattern } from './translate-pattern.ts'

/** One document of `/openapi/v3`, as far as it is read. */
export interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> }
}

/** A schema of Kubernetes' OpenAPI v3. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3 */
export type OpenApiSchema = Readonly<Record<string, unknown>>

export interface KindSchema {
  readonly apiVersion: string
  readonly kind: string
  readonly schema: JsonSchema
}

export interface ConvertedSchemas {
  /** Of everything that can be written as a manifest. */
  readonly kinds: readonly KindSchema[]
  /** What the kinds refer to as `#/definitions/NAME`, and nothing else. */
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

/** Deeper than any real schema; what is below is not checked. */
const deepest = 64

/**
 * JSON schemas (draft 7) of all kinds in the documents. Objects with known fields are closed, so that what the
 * server would prune or refuse is reported; `status` is open, because nobody writes it.
 */
export function schemasOfOpenApi(documents: readonly OpenApiDocument[]): ConvertedSchemas {
  const sources = new Map<string, OpenApiSchema>()
  for (const { components } of documents)
    for (const [name, schema] of Object.entries(components?.schemas ?? {}))
      if (!sources.has(name)) sources.set(name, schema)

  const kinds = new Map<string, KindSchema>()
  for (const schema of sources.values()) {
    const type = kindOf(schema)
    if (!type) continue
    const apiVersion = apiVersionOf(type)
    const key = `${apiVersion}/${type.kind}`
    if (!kinds.has(key)) kinds.set(key, { apiVersion, kind: type.kind, schema: convertKind(schema) })
  }

  const definitions: Record<string, JsonSchema> = {}
  const visit = (schema: JsonSchema): void => {
    for (const name of referencesOf(schema)) {
      const source = sources.get(name)
      if (Object.hasOwn(definitions, name)) continue
      // A reference to nothing would break the whole schema: it allows everything instead.
      const definition = source === undefined ? {} : convertSchema(source)
      definitions[name] = definition
      visit(definition)
    }
  }
  for (const { schema } of kinds.values()) visit(schema)
  return { kinds: [...kinds.values()], definitions }
}

/** The group, version and kind of a schema of whole objects; undefined for parts, lists and options. */
function kindOf(schema: OpenApiSchema): { group: string; version: string; kind: string } | undefined {
  const types = schema['x-kubernetes-group-version-kind']
  const [type] = Array.isArray(types) && types.length === 1 ? (types as unknown[]) : []
  const metadata = asRecord(schema['properties'])['metadata']
  if (metadata === undefined || JSON.stringify(metadata).includes('ListMeta')) return undefined
  const { group, version, kind } = asRecord(type)
  if (typeof group !== 'string' || typeof version !== 'string' || typeof kind !== 'string') return undefined
  return { group, version, kind }
}

function convertKind(source: OpenApiSchema): JsonSchema {
  const schema = convertSchema(source)
  const status = schema.properties?.['status']
  if (!status) return schema
  const { description } = status
  return {
    ...schema,
    properties: { ...schema.properties, status: description === undefined ? {} : { description } },
  }
}

/**
 * One OpenAPI schema as a JSON schema. `isWhole` is false inside allOf, anyOf, oneOf and not, where a schema
 * describes only part of an object and must not close it.
 */
export function convertSchema(source: OpenApiSchema, isWhole = true, depth = 0): JsonSchema {
  if (depth > deepest) return {}
  const convert = (value: unknown, whole = true): JsonSchema =>
    convertSchema(asRecord(value), whole, depth + 1)
  const list = (value: unknown): JsonSchema[] | undefined =>
    Array.isArray(value) ? value.map(item => convert(item, false)) : undefined

  const ref = source['$ref']
  if (typeof ref === 'string') return { $ref: `#/definitions/${ref.slice(ref.lastIndexOf('/') + 1)}` }

  const isIntOrString = source['x-kubernetes-int-or-string'] === true || source['format'] === 'int-or-string'
  const isOpen =
    source['x-kubernetes-preserve-unknown-fields'] === true ||
    source['x-kubernetes-embedded-resource'] === true
  const isNullable = source['nullable'] === true
  const properties = Object.entries(asRecord(source['properties']))
  const { additionalProperties, items, type, default: fallback, pattern } = source

  return {
    ...keepPlain(source),
    ...(isIntOrString ? { type: nullableType(['integer', 'string'], isNullable) } : {}),
    ...(!isIntOrString && typeof type === 'string' ? { type: nullableType([type], isNullable) } : {}),
    ...(Array.isArray(source['enum'])
      ? { enum: isNullable ? [...(source['enum'] as unknown[]), null] : (source['enum'] as unknown[]) }
      : {}),
    // Whole objects as defaults are the server's bookkeeping; scalars help to complete.
    ...(fallback === undefined || typeof fallback === 'object' ? {} : { default: fallback }),
    ...(typeof pattern === 'string' ? translatePattern(pattern) : {}),
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(properties.map(([name, value]) => [name, convert(value)])) }),
    ...(items === undefined ? {} : { items: convert(items) }),
    ...(typeof additionalProperties === 'object' && additionalProperties !== null
      ? { additionalProperties: convert(additionalProperties) }
      : {}),
    ...(isWhole && type === 'object' && properties.length > 0 && additionalProperties === undefined && !isOpen
      ? { additionalProperties: false }
      : {}),
    // The alternatives of int-or-string only repeat its two types.
    ...(isIntOrString ? {} : optional('anyOf', list(source['anyOf']))),
    ...(isIntOrString ? {} : optional('oneOf', list(source['oneOf']))),
    ...optional('allOf', list(isIntOrString ? undefined : source['allOf'])),
    ...(source['not'] === undefined ? {} : { not: convert(source['not'], false) }),
  }
}

const optional = <Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): Partial<Record<Key, Value>> => (value === undefined ? {} : ({ [key]: value } as Record<Key, Value>))

function nullableType(types: readonly string[], isNullable: boolean): string | readonly string[] {
  const all = isNullable ? [...types, 'null'] : types
  return all.length === 1 ? (all[0] ?? 'object') : all
}

/** Keywords that mean the same in both. Formats are dropped: int32 and the like are unknown to draft 7. */
function keepPlain(source: OpenApiSchema): JsonSchema {
  const kept: Record<string, unknown> = {}
  for (const keyword of ['title', 'description'])
    if (typeof source[keyword] === 'string') kept[keyword] = source[keyword]
  for (const keyword of [
    'minimum',
    'maximum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
  ])
    if (typeof source[keyword] === 'number') kept[keyword] = source[keyword]
  if (Array.isArray(source['required'])) kept['required'] = source['required']
  return kept
}

/** The names of all definitions that a schema refers to. */
function referencesOf(schema: JsonSchema): string[] {
  const {
    $ref,
    properties = {},
    items,
    additionalProperties,
    allOf = [],
    anyOf = [],
    oneOf = [],
    not,
  } = schema
  const parts = [...Object.values(properties), ...allOf, ...anyOf, ...oneOf]
  if (items) parts.push(items)
  if (not) parts.push(not)
  if (typeof additionalProperties === 'object') parts.push(additionalProperties)
  const own = $ref === undefined ? [] : [$ref.slice('#/definitions/'.length)]
  return [...own, ...parts.flatMap(referencesOf)]
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
