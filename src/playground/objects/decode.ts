import { isObject } from './json.ts'
import { resolveSchema } from './schema-lookup.ts'
import type { Schema } from './schema.ts'

export interface Decoded {
  /** Without the fields that the schema does not know. */
  readonly value: unknown
  /** Paths of those fields: `spec.foo`. */
  readonly unknownFields: readonly string[]
  /** The first value that no Go type takes, in the words of Go's decoder; only looked for where asked. */
  readonly typeError: string | undefined
}

interface Context {
  readonly unknownFields: string[]
  readonly isStrictlyTyped: boolean
  typeError: string | undefined
}

/** What is left of a value when it is read into the types of its schema. */
export function decode(schema: Schema, value: unknown, isStrictlyTyped: boolean): Decoded {
  const context: Context = { unknownFields: [], isStrictlyTyped, typeError: undefined }
  const decoded = decodeValue(context, schema, value, { struct: '', path: '', indexed: '' })
  return { value: decoded, unknownFields: context.unknownFields, typeError: context.typeError }
}

/** Where a value is: Go's decoder names the struct and the path without indices. */
interface Place {
  readonly struct: string
  readonly path: string
  readonly indexed: string
}

const structOf = (schema: Schema, otherwise: string): string => {
  const pointer = schema.$ref ?? schema.allOf?.[0]?.$ref
  return pointer === undefined ? otherwise : pointer.slice(pointer.lastIndexOf('.') + 1)
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

/** The Go type that a schema was made of. */
function goTypeOf(pointer: Schema): string {
  const schema = resolveSchema(pointer)
  switch (schema.type) {
    case 'integer':
      return schema.format ?? 'int64'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'array':
      return schema.items === undefined ? '[]interface {}' : `[]${goTypeOf(schema.items)}`
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map[string]${goTypeOf(schema.additionalProperties)}`
        : `v1.${structOf(pointer, 'struct')}`
    default:
      return schema.type ?? 'interface {}'
  }
}

function isOfType(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case undefined:
      return true
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    default:
      return typeof value === schema.type
  }
}

function decodeValue(context: Context, pointer: Schema, value: unknown, place: Place): unknown {
  // Go reads null as nothing; what it means for a custom resource the validation says.
  if (value === null || value === undefined) return value
  const schema = resolveSchema(pointer)
  if (context.isStrictlyTyped && !isOfType(schema, value)) {
    const found =
      typeof value === 'number' && !Number.isInteger(value) ? `number ${String(value)}` : jsonTypeOf(value)
    const field = place.struct === '' ? place.path : `${place.struct}.${place.path}`
    context.typeError ??= `json: cannot unmarshal ${found} into Go struct field ${field} of type ${goTypeOf(pointer)}`
    return value
  }
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return value
    return (value as readonly unknown[]).map((item, index) =>
      decodeValue(context, items, item, { ...place, indexed: `${place.indexed}[${String(index)}]` }),
    )
  }
  if (!isObject(value)) return value
  return decodeObject(context, schema, value, { ...place, struct: structOf(pointer, place.struct) })
}

/** Go leaves out what is null, and lists and maps without items where they may be left out. */
function isOmitted(parent: Schema, pointer: Schema, name: string, value: unknown): boolean {
  if (value === null) return true
  if (parent.required?.includes(name) === true) return false
  if (Array.isArray(value)) return value.length === 0
  const isMap = typeof resolveSchema(pointer).additionalProperties === 'object'
  return isMap && isObject(value) && Object.keys(value).length === 0
}

/** A struct or a map without any word on its fields takes all: RawExtension, FieldsV1. */
const isOpen = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true ||
  (schema.properties === undefined && schema.additionalProperties === undefined)

function decodeObject(
  context: Context,
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  { struct, path, indexed }: Place,
): unknown {
  const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  const decoded: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(value)) {
    const own = schema.properties?.[name]
    const at = join(indexed, name)
    if (own !== undefined && context.isStrictlyTyped && isOmitted(schema, own, name, child)) continue
    if (own !== undefined)
      decoded[name] = decodeValue(context, own, child, { struct, path: join(path, name), indexed: at })
    else if (additional !== undefined)
      decoded[name] = decodeValue(context, additional, child, { struct, path, indexed: at })
    else if (isOpen(schema)) decoded[name] = child
    else context.unknownFields.push(at)
  }
  return decoded
}
