import { fieldsOf } from '../istio/fields/read-fields.ts'
import type { Path } from '../yaml/path.ts'
import type { JsonSchema } from './json-schema.ts'

/** What a form can offer for a field; `yaml` is for everything that has no widget of its own. */
export type FieldWidget =
  | { readonly kind: 'text' }
  | { readonly kind: 'duration' }
  | {
      readonly kind: 'number'
      readonly isWhole: boolean
      readonly minimum: number | undefined
      readonly maximum: number | undefined
    }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** A map with known fields: its own fields are listed below it. */
  | { readonly kind: 'fields' }
  | { readonly kind: 'yaml' }

/** One field of an object, as its schema or the object itself names it. */
export interface SchemaField {
  readonly name: string
  readonly description: string
  readonly isRequired: boolean
  /** Whether the schema knows it; an unknown one is kept and shown as YAML. */
  readonly isKnown: boolean
  readonly widget: FieldWidget
  readonly schema: JsonSchema
}

export type Definitions = Readonly<Record<string, JsonSchema>>

/** Deeper than any chain of references in a real schema. */
const longestChain = 16

/** A schema without `$ref`; a single `allOf`, as Kubernetes writes a described reference, is taken in. */
export function resolveSchema(schema: JsonSchema, definitions: Definitions): JsonSchema {
  let current = schema
  for (let step = 0; step < longestChain; step++) {
    const [only, ...others] = current.allOf ?? []
    const reference = current.$ref ?? (others.length === 0 ? only?.$ref : undefined)
    if (reference === undefined) return current
    const found = definitions[reference.slice('#/definitions/'.length)] ?? {}
    const { description } = current
    current = description === undefined ? found : { ...found, description }
  }
  return current
}

/** The schema of what stands at a path; undefined where the schema knows nothing of it. */
export function schemaAt(schema: JsonSchema, path: Path, definitions: Definitions): JsonSchema | undefined {
  let current = resolveSchema(schema, definitions)
  for (const step of path) {
    const next =
      typeof step === 'number'
        ? current.items
        : Object.hasOwn(current.properties ?? {}, step)
          ? current.properties?.[step]
          : typeof current.additionalProperties === 'object'
            ? current.additionalProperties
            : undefined
    if (next === undefined) return undefined
    current = resolveSchema(next, definitions)
  }
  return current
}

/**
 * Every field that an object may have by its schema, in the schema's order but those that must be there first, and
 * every field that it has beside them.
 */
export function listSchemaFields(
  schema: JsonSchema,
  definitions: Definitions,
  value: unknown,
): readonly SchemaField[] {
  const { properties = {}, required = [] } = resolveSchema(schema, definitions)
  const present = fieldsOf(value)
  const known = Object.entries(properties).map(([name, source]): SchemaField => {
    const field = resolveSchema(source, definitions)
    return {
      name,
      description: source.description ?? field.description ?? '',
      isRequired: required.includes(name),
      isKnown: true,
      widget: fits(widgetOf(field), present[name]) ? widgetOf(field) : { kind: 'yaml' },
      schema: field,
    }
  })
  const unknown = Object.keys(present)
    .filter(name => !Object.hasOwn(properties, name))
    .map((name): SchemaField => ({
      name,
      description: '',
      isRequired: false,
      isKnown: false,
      widget: { kind: 'yaml' },
      schema: {},
    }))
  return [
    ...known.filter(({ isRequired }) => isRequired),
    ...known.filter(field => !field.isRequired),
    ...unknown,
  ]
}

/**
 * Gateway API's durations say what they are by their pattern. Istio's are plain texts, so their form is not asked for.
 * Source: https://gateway-api.sigs.k8s.io/geps/gep-2257/
 */
const durationPattern = /h\|m\|s\|ms/

function widgetOf(schema: JsonSchema): FieldWidget {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  const [type, ...others] = types.filter(name => name !== 'null')
  if (type === undefined || others.length > 0) return { kind: 'yaml' }
  switch (type) {
    case 'string': {
      const choices = (schema.enum ?? []).filter(item => typeof item === 'string')
      if (choices.length > 0) return { kind: 'choice', choices }
      return { kind: durationPattern.test(schema.pattern ?? '') ? 'duration' : 'text' }
    }
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        isWhole: type === 'integer',
        minimum: schema.minimum,
        maximum: schema.maximum,
      }
    case 'boolean':
      return { kind: 'switch' }
    case 'object':
      return { kind: Object.keys(schema.properties ?? {}).length > 0 ? 'fields' : 'yaml' }
    default:
      return { kind: 'yaml' }
  }
}

/** Whether a widget can show a value; one that cannot would lose it. */
function fits(widget: FieldWidget, value: unknown): boolean {
  if (value === undefined || value === null) return true
  switch (widget.kind) {
    case 'text':
    case 'duration':
      return typeof value === 'string' && !value.includes('\n')
    case 'choice':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'switch':
      return typeof value === 'boolean'
    case 'fields':
      return typeof value === 'object' && !Array.isArray(value)
    case 'yaml':
      return true
  }
}
