import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, without } from './json.ts'
import type { Schema } from './schema.ts'
import { qualifiedKind, type ServedResource } from './served-resource.ts'

export type Definitions = Readonly<Record<string, Schema>>

const prefix = '#/components/schemas/'
const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

// What the file of built-in kinds holds; it never changes once it is read.
let definitions: Definitions | undefined
const namesByKind = new Map<string, string>()

/** Reads the schemas of the built-in kinds; called once, before anything else of this folder is used. */
export function loadSchemas(resourcesFolder: string): Definitions {
  if (definitions !== undefined) return definitions
  const parsed: unknown = JSON.parse(
    readFileSync(join(resourcesFolder, 'kubernetes', 'schemas.json'), 'utf8'),
  )
  if (!isObject(parsed)) throw new Error('resources/kubernetes/schemas.json holds no object')
  definitions = parsed as Definitions
  for (const [name, schema] of Object.entries(definitions))
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? [])
      namesByKind.set(`${group}/${version}/${kind}`, name)
  return definitions
}

/** The schemas of the built-in kinds by their names. */
export function builtInDefinitions(): Definitions {
  if (definitions === undefined) throw new Error('loadSchemas was not called')
  return definitions
}

/** The name under which the schema of a kind is defined. */
export const definitionNameOf = (group: string, version: string, kind: string): string | undefined =>
  namesByKind.get(`${group}/${version}/${kind}`)

const resolved = new WeakMap<Schema, Schema>()

/**
 * The schema itself where it only points to one. Kubernetes writes a reference as `$ref`, or as `allOf` with one
 * entry beside what is said of the field; the field's own words win.
 */
export function resolveSchema(schema: Schema): Schema {
  const pointer = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined)
  if (pointer === undefined) return schema
  const known = resolved.get(schema)
  if (known !== undefined) return known
  const target = builtInDefinitions()[pointer.slice(prefix.length)]
  if (target === undefined) throw new Error(`no schema ${pointer}`)
  const merged: Schema = { ...resolveSchema(target), ...without({ ...schema }, '$ref', 'allOf') }
  resolved.set(schema, merged)
  return merged
}

const customSchemas = new WeakMap<Schema, Schema>()

/** The schema of a kind in a version, with `apiVersion`, `kind` and `metadata` in it. */
export function schemaOf(resource: ServedResource): Schema {
  if (resource.schema === undefined) return builtInSchema(resource.group, resource.version, resource.kind)
  const known = customSchemas.get(resource.schema)
  if (known !== undefined) return known
  const schema: Schema = {
    ...resource.schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      ...resource.schema.properties,
      metadata: { $ref: prefix + objectMetaName },
    },
  }
  customSchemas.set(resource.schema, schema)
  return schema
}

/** The schema of a built-in kind, also of those that only subresources take: Scale, Eviction, TokenRequest. */
export function builtInSchema(group: string, version: string, kind: string): Schema {
  builtInDefinitions()
  const name = definitionNameOf(group, version, kind)
  const schema = name === undefined ? undefined : builtInDefinitions()[name]
  if (schema === undefined) throw new Error(`no schema of ${qualifiedKind({ group, kind })} ${version}`)
  return schema
}
