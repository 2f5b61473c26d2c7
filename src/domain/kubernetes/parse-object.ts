import type { KubernetesObject, ObjectMeta } from './kubernetes-object.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * An object as a server sent it, or undefined where it has no name. What the rest of the program relies on is
 * as its type says: metadata with texts, labels and annotations that are maps of texts, lists without null items.
 */
export function parseObject(
  value: unknown,
  type: { readonly apiVersion: string; readonly kind: string } = { apiVersion: '', kind: '' },
): KubernetesObject | undefined {
  if (!isFields(value) || !isFields(value['metadata'])) return undefined
  const metadata = parseMetadata(value['metadata'])
  const apiVersion = textOf(value['apiVersion']) ?? type.apiVersion
  const kind = textOf(value['kind']) ?? type.kind
  if (metadata === undefined) return undefined
  return { ...value, apiVersion, kind, metadata }
}

function parseMetadata(fields: Fields): ObjectMeta | undefined {
  if ((textOf(fields['name']) ?? '') === '') return undefined
  const entries = Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    if (value === null || value === undefined) return []
    if (TEXTS.has(key)) return typeof value === 'string' ? [[key, value]] : []
    if (MAPS.has(key)) return isFields(value) ? [[key, textsOf(value)]] : []
    if (LISTS.has(key))
      return Array.isArray(value) ? [[key, (value as unknown[]).filter(LISTS.get(key) ?? isFields)]] : []
    return [[key, value]]
  })
  return Object.fromEntries(entries) as unknown as ObjectMeta
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
const TEXTS = new Set([
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
])
const MAPS = new Set(['labels', 'annotations'])
const LISTS = new Map<string, (item: unknown) => boolean>([
  ['ownerReferences', isFields],
  ['managedFields', isFields],
  ['finalizers', item => typeof item === 'string'],
])

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const textsOf = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
