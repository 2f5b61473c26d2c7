import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { tableOf } from '../objects/table.ts'
import { badRequest, notAcceptable } from '../objects/status-error.ts'
import { apiVersionOfType } from './served-types.ts'

/** What a client wants to read: whole objects, only their metadata, or a table. */
export type Representation = 'object' | 'metadata' | 'table'

/**
 * Chooses by the Accept header. Protobuf is not served: clients that prefer it name JSON as well.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */
export function readRepresentation(accept: string | undefined): Representation {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    const values = new Map(parameters.map(parameter => splitOnce(parameter, '=')))
    if (!['application/json', '*/*', 'application/*', ''].includes(type)) continue
    const as = values.get('as')
    if (as === undefined) return 'object'
    if (values.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(values.get('v') ?? '')) continue
    if (as === 'Table') return 'table'
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata'
  }
  throw notAcceptable(['application/json'])
}

const splitOnce = (text: string, by: string): [string, string] => {
  const at = text.indexOf(by)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** The object in a served version. All versions of one type have the same fields, so only the name changes. */
export function inVersion(object: KubernetesObject, type: ServedResource): KubernetesObject {
  const apiVersion = apiVersionOfType(type)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion, kind: type.kind }
}

export const inStorageVersion = (object: KubernetesObject, type: ServedResource): KubernetesObject =>
  inVersion(object, { ...type, version: type.storageVersion })

const metadataOnly = ({ metadata }: KubernetesObject): unknown => ({
  apiVersion: 'meta.k8s.io/v1',
  kind: 'PartialObjectMetadata',
  metadata,
})

export interface ListMeta {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** Turns stored objects into what the client asked for. */
export interface Presenter {
  object(object: KubernetesObject): unknown
  list(objects: readonly KubernetesObject[], metadata: ListMeta): unknown
}

type IncludeObject = 'None' | 'Metadata' | 'Object'

function readIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? ''
  if (value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw badRequest(`unrecognized includeObject value ${JSON.stringify(value)}`)
}

export function createPresenter(
  type: ServedResource,
  representation: Representation,
  query: URLSearchParams,
  now: () => number,
): Presenter {
  switch (representation) {
    case 'object':
      return {
        object: object => inVersion(object, type),
        list: (objects, metadata) => ({
          kind: type.listKind,
          apiVersion: apiVersionOfType(type),
          metadata,
          items: objects.map(object => inVersion(object, type)),
        }),
      }
    case 'metadata':
      return {
        object: metadataOnly,
        list: (objects, metadata) => ({
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          metadata,
          items: objects.map(metadataOnly),
        }),
      }
    case 'table': {
      const includeObject = readIncludeObject(query)
      const table = (objects: readonly KubernetesObject[], metadata: object): unknown => ({
        ...tableOf(
          type,
          objects.map(object => inVersion(object, type)),
          new Date(now()),
          includeObject,
        ),
        metadata,
      })
      return {
        object: object => table([object], { resourceVersion: object.metadata.resourceVersion ?? '' }),
        list: table,
      }
    }
  }
}
