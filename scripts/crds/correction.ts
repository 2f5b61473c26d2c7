import type { Schema } from '../../src/playground/objects/schema.ts'

/** A change to a kind's schema at a path: names of fields, `[]` the items of a list, `{}` the values of a map. */
export interface Correction {
  readonly kind: string
  readonly path: string
  readonly change: (schema: Schema) => Schema
}

export const add = (kind: string, path: string, schema: Schema): Correction => ({
  kind,
  path,
  change: own => ({ ...own, ...schema }),
})

export const defaultOf = (kind: string, path: string, value: unknown): Correction =>
  add(kind, path, { default: value })

export const mapOf = (kind: string, path: string, ...keys: readonly string[]): Correction =>
  add(kind, path, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys })

/** A field that the schema lacks. */
export const field = (kind: string, path: string, name: string, schema: Schema): Correction => ({
  kind,
  path,
  change: own => ({ ...own, properties: { ...own.properties, [name]: schema } }),
})
