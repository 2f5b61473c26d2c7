import { FieldSetBuilder, type FieldPath, type FieldSet } from './field-set.ts'
import { isObject, isSameJson, objectOf, type JsonObject } from './json.ts'
import { resolveSchema } from './schema-lookup.ts'
import type { Schema } from './schema.ts'

// What structured-merge-diff does with values and their schemas: sets of their fields, comparison, merge, removal.
// Source: sigs.k8s.io/structured-merge-diff/v6/typed. Lists are atomic where the schema does not say otherwise, maps
// are not; a value without a schema is treated so too.

type Shape = 'leaf' | 'map' | 'list-of-keys' | 'list-of-values'

/** How a value of the schema is owned: as a whole, by field, or by item. */
function shapeOf(schema: Schema | undefined, value: unknown): Shape {
  if (isObject(value)) return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map'
  if (!Array.isArray(value)) return 'leaf'
  const listType = schema?.['x-kubernetes-list-type']
  if (listType === 'map') return 'list-of-keys'
  return listType === 'set' ? 'list-of-values' : 'leaf'
}

export function fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
  const own = schema?.properties?.[name]
  if (own !== undefined) return resolveSchema(own)
  const additional = schema?.additionalProperties
  return typeof additional === 'object' ? resolveSchema(additional) : undefined
}

export const itemSchema = (schema: Schema | undefined): Schema | undefined =>
  schema?.items === undefined ? undefined : resolveSchema(schema.items)

/** The key of an item in FieldsV1. */
function itemKey(schema: Schema | undefined, item: unknown): string {
  if (schema?.['x-kubernetes-list-type'] !== 'map') return `v:${JSON.stringify(item)}`
  const items = itemSchema(schema)
  const names = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort()
  const fields = objectOf(item)
  return `k:${JSON.stringify(
    Object.fromEntries(names.map(name => [name, fields[name] ?? fieldSchema(items, name)?.default])),
  )}`
}

/** All fields of a value: what an applier of it owns. */
export function fieldsOf(schema: Schema, value: unknown): FieldSet {
  const builder = new FieldSetBuilder()
  collect(builder, [], schema, value)
  return builder.set
}

function collect(
  builder: FieldSetBuilder,
  path: FieldPath,
  schema: Schema | undefined,
  value: unknown,
): void {
  const shape = shapeOf(schema, value)
  if (shape === 'leaf') {
    builder.insert(path)
  } else if (shape === 'map') {
    for (const [name, child] of Object.entries(objectOf(value))) {
      const at = [...path, `f:${name}`]
      collect(builder, at, fieldSchema(schema, name), child)
      const isEmpty = child === null || (isObject(child) && Object.keys(child).length === 0)
      if (isEmpty || schema?.properties?.[name] === undefined) builder.insert(at)
    }
  } else if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const at = [...path, itemKey(schema, item)]
      collect(builder, at, itemSchema(schema), item)
      builder.insert(at)
    }
  }
}

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** Which fields differ between two values. */
export function compareValues(schema: Schema, left: unknown, right: unknown): Comparison {
  const builders = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  }
  compare(builders, [], schema, left, right)
  return { added: builders.added.set, modified: builders.modified.set, removed: builders.removed.set }
}

type Builders = Readonly<Record<keyof Comparison, FieldSetBuilder>>

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0)

function compare(
  builders: Builders,
  path: FieldPath,
  schema: Schema | undefined,
  left: unknown,
  right: unknown,
): void {
  const shape = shapeOf(schema, isNothing(left) ? right : left)
  const isComparedWhole =
    shape === 'leaf' ||
    (isNothing(left) && isNothing(right)) ||
    (!isNothing(left) && !isNothing(right) && shapeOf(schema, right) !== shape)
  if (isComparedWhole) {
    if (left === undefined) {
      if (right !== undefined) builders.added.insert(path)
    } else if (right === undefined) builders.removed.insert(path)
    else if (!isSameJson(left, right)) builders.modified.insert(path)
    return
  }
  if (shape === 'map') compareMaps(builders, path, schema, left, right)
  else compareLists(builders, path, schema, left, right)
  if (path.length === 0) return
  if (left === undefined) builders.added.insert(path)
  if (right === undefined) builders.removed.insert(path)
}

/**
 * What a Go struct holds where the JSON says nothing: structs that are no pointers are always there, which `default: {}`
 * tells, and so are lists that are required, as null. So a create does not own `spec.template` itself.
 */
function fieldValue(parent: unknown, schema: Schema | undefined, name: string): unknown {
  if (parent === undefined) return undefined
  const value = objectOf(parent)[name]
  if (value !== undefined) return value
  const field = fieldSchema(schema, name)
  if (isObject(field?.default) && Object.keys(field.default).length === 0) return {}
  return field?.type === 'array' && schema?.required?.includes(name) === true ? null : undefined
}

function compareMaps(
  builders: Builders,
  path: FieldPath,
  schema: Schema | undefined,
  left: unknown,
  right: unknown,
): void {
  for (const name of new Set([...Object.keys(objectOf(left)), ...Object.keys(objectOf(right))]))
    compare(
      builders,
      [...path, `f:${name}`],
      fieldSchema(schema, name),
      fieldValue(left, schema, name),
      fieldValue(right, schema, name),
    )
}

function itemsByKey(schema: Schema | undefined, value: unknown): ReadonlyMap<string, unknown> {
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return new Map(items.map(item => [itemKey(schema, item), item]))
}

function compareLists(
  builders: Builders,
  path: FieldPath,
  schema: Schema | undefined,
  left: unknown,
  right: unknown,
): void {
  const leftItems = itemsByKey(schema, left)
  const rightItems = itemsByKey(schema, right)
  for (const key of new Set([...leftItems.keys(), ...rightItems.keys()]))
    compare(builders, [...path, key], itemSchema(schema), leftItems.get(key), rightItems.get(key))
}

/** The left value with all that the right one says. */
export function mergeValues(schema: Schema | undefined, left: unknown, right: unknown): unknown {
  if (right === undefined) return left
  const shape = shapeOf(schema, right)
  if (left === undefined || left === null || shape === 'leaf' || shapeOf(schema, left) !== shape) return right
  if (shape === 'map') {
    const merged: Record<string, unknown> = { ...objectOf(left) }
    for (const [name, value] of Object.entries(objectOf(right)))
      merged[name] = mergeValues(fieldSchema(schema, name), merged[name], value)
    return merged
  }
  return mergeLists(schema, left, right)
}

/** The right list says the order of what both have; what only the left has stays before what it preceded. */
function mergeLists(schema: Schema | undefined, left: unknown, right: unknown): unknown {
  const leftItems = itemsByKey(schema, left)
  const rightItems = itemsByKey(schema, right)
  const merged: unknown[] = []
  const rest = [...leftItems.keys()]
  const takeLeftOnly = (): void => {
    for (let key = rest[0]; key !== undefined && !rightItems.has(key); key = rest[0]) {
      merged.push(leftItems.get(key))
      rest.shift()
    }
  }
  takeLeftOnly()
  for (const [key, item] of rightItems) {
    merged.push(mergeValues(itemSchema(schema), leftItems.get(key), item))
    if (rest.includes(key)) {
      if (rest[0] === key) rest.shift()
      else rest.splice(rest.indexOf(key), 1)
      takeLeftOnly()
    }
  }
  merged.push(...rest.map(key => leftItems.get(key)))
  return merged
}

/** The value without the members of the set. */
export function removeFields(schema: Schema | undefined, value: unknown, set: FieldSet): unknown {
  if (set.children.size === 0) return value
  if (Array.isArray(value))
    return (value as readonly unknown[]).flatMap(item => {
      const child = set.children.get(itemKey(schema, item))
      if (child === undefined) return [item]
      return child.isMember ? [] : [removeFields(itemSchema(schema), item, child)]
    })
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [name, child] of Object.entries(value satisfies JsonObject)) {
    const removed = set.children.get(`f:${name}`)
    if (removed?.isMember === true) continue
    kept[name] = removed === undefined ? child : removeFields(fieldSchema(schema, name), child, removed)
  }
  return kept
}
