import { versionOf, groupOf, apiVersionOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ServedResource } from './served-resource.ts'

const prefix = '#/components/schemas/'

const parameter = (name: string, type: string): unknown => ({
  name,
  in: 'query',
  schema: { type, uniqueItems: true },
})

const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(name => parameter(name, 'string'))
const patchParameters = [...writeParameters, parameter('force', 'boolean')]
const listParameters = [
  parameter('fieldSelector', 'string'),
  parameter('labelSelector', 'string'),
  parameter('limit', 'integer'),
  parameter('continue', 'string'),
  parameter('resourceVersion', 'string'),
  parameter('watch', 'boolean'),
]

/** What clients read of an operation: its verb, its kind, its parameters, its bodies. */
interface Verb {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly action: string
  readonly parameters: readonly unknown[]
}

const ofCollection: Readonly<Record<string, Verb>> = {
  list: { method: 'get', action: 'list', parameters: listParameters },
  create: { method: 'post', action: 'post', parameters: writeParameters },
  deletecollection: { method: 'delete', action: 'deletecollection', parameters: listParameters },
}

const ofObject: Readonly<Record<string, Verb>> = {
  get: { method: 'get', action: 'get', parameters: [] },
  update: { method: 'put', action: 'put', parameters: writeParameters },
  patch: { method: 'patch', action: 'patch', parameters: patchParameters },
  delete: { method: 'delete', action: 'delete', parameters: [parameter('dryRun', 'string')] },
}

function operation(
  verb: Verb,
  kind: { readonly apiVersion: string; readonly kind: string },
  name: string,
  isCustom: boolean,
): unknown {
  const schema = { $ref: prefix + name }
  const mediaTypes =
    verb.method === 'patch'
      ? [
          'application/apply-patch+yaml',
          'application/json-patch+json',
          'application/merge-patch+json',
          // Custom resources have no merge keys; kubectl chooses its kind of patch by this list.
          ...(isCustom ? [] : ['application/strategic-merge-patch+json']),
        ]
      : ['*/*']
  const body = verb.method === 'patch' ? { type: 'object' } : schema
  return {
    parameters: verb.parameters,
    ...(['post', 'put', 'patch'].includes(verb.method)
      ? {
          requestBody: {
            content: Object.fromEntries(mediaTypes.map(type => [type, { schema: body }])),
            required: true,
          },
        }
      : {}),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
    'x-kubernetes-action': verb.action,
    'x-kubernetes-group-version-kind': {
      group: groupOf(kind.apiVersion),
      version: versionOf(kind.apiVersion),
      kind: kind.kind,
    },
  }
}

const pathParameter = (name: string): unknown => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', uniqueItems: true },
})

/** The paths of a type with their operations; `name` is that of its schema, `root` of its group version. */
export function operationsOf(
  resource: ServedResource,
  name: string,
  root: string,
): readonly [string, unknown][] {
  const kind = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  const scope = resource.isNamespaced ? '/namespaces/{namespace}' : ''
  const scopeParameters = resource.isNamespaced ? [pathParameter('namespace')] : []
  const operations = (
    verbs: Readonly<Record<string, Verb>>,
    allowed: readonly string[],
  ): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(verbs)
        .filter(([verb]) => allowed.includes(verb))
        .map(([, verb]) => [verb.method, operation(verb, kind, name, resource.isCustom)]),
    )
  const collection = `${root}${scope}/${resource.plural}`
  return [
    [collection, { ...operations(ofCollection, resource.verbs), parameters: scopeParameters }],
    ...(resource.isNamespaced && resource.verbs.includes('list')
      ? ([[`${root}/${resource.plural}`, operations(ofCollection, ['list'])]] satisfies [string, unknown][])
      : []),
    [
      `${collection}/{name}`,
      { ...operations(ofObject, resource.verbs), parameters: [pathParameter('name'), ...scopeParameters] },
    ],
    ...resource.subresources.map((subresource): [string, unknown] => [
      `${collection}/{name}/${subresource.name}`,
      {
        ...Object.fromEntries(
          Object.entries({
            ...ofObject,
            create: { method: 'post', action: 'post', parameters: writeParameters } as const,
          })
            .filter(([verb]) => subresource.verbs.includes(verb))
            .map(([, verb]) => [verb.method, operation(verb, subresource, name, resource.isCustom)]),
        ),
        parameters: [pathParameter('name'), ...scopeParameters],
      },
    ]),
  ]
}
