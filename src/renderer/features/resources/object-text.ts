import { stringify } from 'yaml'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** What the server adds and the user never writes. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])

/** The whole object as YAML, as it is read. */
export const objectText = (object: KubernetesObject): string => print(object)

/** The object as someone would write it to apply it: without status and what the server fills in. */
export function editableText(object: KubernetesObject): string {
  const { apiVersion, kind, metadata, ...fields } = object
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'status'))
  const { annotations = {}, ...written } = Object.fromEntries(
    Object.entries(metadata).filter(([name]) => !SERVER_METADATA.has(name)),
  ) as Partial<KubernetesObject['metadata']>
  const kept = Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== LAST_APPLIED))
  return print({
    apiVersion,
    kind,
    metadata: { ...written, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) },
    ...rest,
  })
}

const print = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
