import { createHmac, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type {
  KubernetesObject,
  ManagedFields,
  ObjectMeta,
} from '../../domain/kubernetes/kubernetes-object.ts'

/** What the server counts and notes by itself. Its status is written by controllers, not by a change. */
const COUNTED: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
])

function contentOf(object: KubernetesObject): unknown {
  const content: Record<string, unknown> = {
    ...object,
    metadata: Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !COUNTED.has(key))),
  }
  Reflect.deleteProperty(content, 'status')
  return content
}

const OF_THIS_OBJECT: ReadonlySet<string> = new Set([
  ...COUNTED,
  'uid',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])

/** The object as it would be made anew. */
export const withoutServerFields = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !OF_THIS_OBJECT.has(key)),
  ) as unknown as ObjectMeta,
})

/** Whether two states of an object differ in nothing that a change can write. Compares what is, never what is shown. */
export const isSameContent = (a: KubernetesObject | undefined, b: KubernetesObject | undefined): boolean =>
  a !== undefined && b !== undefined && isDeepStrictEqual(contentOf(a), contentOf(b))

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]))
}

/** Who owns which field; when it was written last says nothing of it. */
const ownersOf = (fields: readonly ManagedFields[] = []): unknown =>
  fields
    .filter(({ subresource }) => subresource === undefined)
    .map(({ manager, operation, apiVersion, fieldsV1 }) => ({ manager, operation, apiVersion, fieldsV1 }))

/** The digest goes to the page. Without the key nobody can try out which value of a Secret it was made of. */
const KEY = randomBytes(32)

/** What stands for an object that is not there. */
export const ABSENT = 'absent'

/**
 * A text that is the same for the same state of an object: its identity, its content and the owners of its fields. What
 * controllers write all the time (status, counters, times) is not part of it. It means nothing to another process.
 */
export function stateDigest(object: KubernetesObject | undefined): string {
  if (object === undefined) return ABSENT
  const state = [contentOf(object), ownersOf(object.metadata.managedFields)]
  return createHmac('sha256', KEY)
    .update(JSON.stringify(sortKeys(state)))
    .digest('base64url')
}
