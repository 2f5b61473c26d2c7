import { isObject, isSameJson, listOf, textOf, type JsonObject } from './json.ts'
import type { Schema } from './schema.ts'
import { badRequest } from './status-error.ts'
import { fieldSchema, itemSchema } from './typed-value.ts'

// Source: k8s.io/apimachinery/pkg/util/strategicpatch, and
// https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md

const orderPrefix = '$setElementOrder/'
const deletePrefix = '$deleteFromPrimitiveList/'

const strategiesOf = (schema: Schema | undefined): readonly string[] =>
  (schema?.['x-kubernetes-patch-strategy'] ?? '').split(',')

const hasDirective = (value: unknown, directive: string): boolean =>
  isObject(value) && value['$patch'] === directive

/** The object with a strategic merge patch put onto it; lists merge as the schema says. */
export function applyStrategicMergePatch(
  original: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  if (hasDirective(patch, 'replace')) return withoutDirectives(patch)
  if (hasDirective(patch, 'delete')) return {}
  if (patch['$patch'] !== undefined && patch['$patch'] !== 'merge')
    throw badRequest(`Unknown patch type: ${textOf(patch['$patch'])}`)
  const merged: Record<string, unknown> = { ...original }
  const retained = patch['$retainKeys']
  if (Array.isArray(retained))
    for (const key of Object.keys(merged)) if (!retained.includes(key)) Reflect.deleteProperty(merged, key)
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrefix)) {
      const name = key.slice(deletePrefix.length)
      const gone = listOf(value)
      merged[name] = listOf(merged[name]).filter(item => !gone.some(other => isSameJson(item, other)))
    } else if (key.startsWith('$')) continue
    else if (value === null || hasDirective(value, 'delete')) Reflect.deleteProperty(merged, key)
    else merged[key] = mergeField(merged[key], value, fieldSchema(schema, key))
  }
  for (const [key, order] of Object.entries(patch))
    if (key.startsWith(orderPrefix)) {
      const name = key.slice(orderPrefix.length)
      if (Array.isArray(merged[name]))
        merged[name] = inOrder(
          merged[name],
          listOf(original[name]),
          listOf(order),
          fieldSchema(schema, name)?.['x-kubernetes-patch-merge-key'],
        )
    }
  return merged
}

function mergeField(original: unknown, value: unknown, schema: Schema | undefined): unknown {
  const strategies = strategiesOf(schema)
  if (isObject(value)) {
    const isReplaced = strategies.includes('replace') || !isObject(original)
    return isReplaced
      ? applyStrategicMergePatch({}, value, schema)
      : applyStrategicMergePatch(original, value, schema)
  }
  if (!Array.isArray(value)) return value
  const list = value as readonly unknown[]
  if (!strategies.includes('merge')) return list.map(withoutNulls)
  const key = schema?.['x-kubernetes-patch-merge-key']
  if (key !== undefined) return mergeByKey(listOf(original), list, key, itemSchema(schema))
  const own = listOf(original)
  return [...own, ...list.filter(item => !own.some(other => isSameJson(item, other)))]
}

const keyOf = (item: unknown, key: string): unknown => (isObject(item) ? item[key] : undefined)

function mergeByKey(
  original: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  schema: Schema | undefined,
): readonly unknown[] {
  if (patch.some(item => hasDirective(item, 'replace') && keyOf(item, key) === undefined))
    return patch.filter(item => !hasDirective(item, 'replace')).map(withoutNulls)
  const merged = [...original]
  for (const item of patch) {
    if (!isObject(item))
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    const index = merged.findIndex(other => isSameJson(keyOf(other, key), item[key]))
    const own = merged[index]
    if (hasDirective(item, 'delete')) {
      if (index >= 0) merged.splice(index, 1)
    } else if (isObject(own)) merged[index] = applyStrategicMergePatch(own, item, schema)
    else merged.push(applyStrategicMergePatch({}, item, schema))
  }
  return merged
}

/**
 * The items that the order names, in that order; what the patch does not know stays before the item that it stood
 * before in the original.
 */
function inOrder(
  items: readonly unknown[],
  original: readonly unknown[],
  order: readonly unknown[],
  key: string | undefined,
): readonly unknown[] {
  const identity = (item: unknown): unknown => (key === undefined || !isObject(item) ? item : item[key])
  const placeIn = (list: readonly unknown[], item: unknown): number =>
    list.findIndex(other => isSameJson(identity(other), identity(item)))
  const named = items
    .filter(item => placeIn(order, item) >= 0)
    .sort((left, right) => placeIn(order, left) - placeIn(order, right))
  const others = items.filter(item => placeIn(order, item) < 0)
  const result: unknown[] = []
  for (const item of named) {
    const place = placeIn(original, item)
    while (others[0] !== undefined && place >= 0 && placeIn(original, others[0]) < place)
      result.push(others.shift())
    result.push(item)
  }
  return [...result, ...others]
}

const withoutDirectives = (patch: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')))

/** New objects keep no nulls and no directives. */
function withoutNulls(value: unknown): unknown {
  return isObject(value) ? applyStrategicMergePatch({}, value, undefined) : value
}
