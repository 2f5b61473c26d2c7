import { stringify } from 'yaml'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** What the server writes and a user never applies. */
const serverFields: ReadonlySet<string> = new Set([
  'managedFields',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
])
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const firstKeys = ['apiVersion', 'kind', 'metadata', 'spec']
const firstMetadata = ['name', 'namespace', 'labels', 'annotations']

/** An object as YAML for people to change: without what the server wrote, in the usual order of keys. */
export function printObject(object: KubernetesObject): string {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !serverFields.has(key)),
  )
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => key !== lastApplied)
  Reflect.deleteProperty(metadata, 'annotations')
  const fields: Record<string, unknown> = {
    ...object,
    metadata: order(
      { ...metadata, ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }) },
      firstMetadata,
    ),
  }
  Reflect.deleteProperty(fields, 'status')
  return stringify(order(fields, firstKeys), { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false })
}

function order(fields: Readonly<Record<string, unknown>>, first: readonly string[]): Record<string, unknown> {
  const rest = Object.keys(fields).filter(key => !first.includes(key))
  return Object.fromEntries(
    [...first, ...rest].flatMap(key => (fields[key] === undefined ? [] : [[key, fields[key]]])),
  )
}
