import { createHash } from 'node:crypto'
import { apiVersionOf, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { builtInTypes } from './built-in-types.ts'
import { typesOfCrd } from './custom-types.ts'
import { operationsOf } from './open-api-operations.ts'
import { builtInDefinitions, definitionNameOf, schemaOf } from './schema-lookup.ts'
import type { Schema } from './schema.ts'
import type { ServedResource } from './served-resource.ts'

export { loadSchemas, schemaOf } from './schema-lookup.ts'

/** An OpenAPI 3 document of one group version. */
export interface OpenApiDocument {
  readonly openapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, unknown>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const info = { title: 'Kubernetes', version: 'v1.36.1' }
const prefix = '#/components/schemas/'
const metaNames = ['DeleteOptions', 'Status', 'WatchEvent'].map(
  name => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
)

const rootOf = (resource: Pick<ServedResource, 'group' | 'version'>): string =>
  `${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`

function typesOf(crds: readonly KubernetesObject[]): readonly ServedResource[] {
  return [...builtInTypes, ...crds.flatMap(typesOfCrd)]
}

/** `io.istio.networking.v1.VirtualService`: the group backwards, as the server names custom resources. */
function nameOf({ group, version, kind, isCustom }: ServedResource): string {
  const known = isCustom ? undefined : definitionNameOf(group, version, kind)
  return known ?? [...group.split('.').reverse(), version, kind].join('.')
}

function listSchemaOf(resource: ServedResource): Schema {
  return {
    description: `${resource.listKind} is a list of ${resource.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta` },
      items: { type: 'array', items: { $ref: prefix + nameOf(resource) } },
    },
    'x-kubernetes-group-version-kind': [
      { group: resource.group, version: resource.version, kind: resource.listKind },
    ],
  }
}

/** The schemas of the types and all that they refer to. */
function schemasOf(types: readonly ServedResource[]): Readonly<Record<string, Schema>> {
  const definitions = builtInDefinitions()
  const schemas = new Map<string, Schema>()
  const include = (name: string): void => {
    const schema = definitions[name]
    if (schema === undefined || schemas.has(name)) return
    schemas.set(name, schema)
    includeReferences(schema)
  }
  const includeReferences = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, child] of Object.entries(value))
      if (key === '$ref' && typeof child === 'string') include(child.slice(prefix.length))
      else includeReferences(child)
  }
  metaNames.forEach(include)
  for (const type of types) {
    const list = definitionNameOf(type.group, type.version, type.listKind)
    if (!type.isCustom) {
      include(nameOf(type))
      if (list !== undefined) include(list)
      for (const { apiVersion, kind } of type.subresources) {
        const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
        const name = definitionNameOf(group ?? '', version ?? '', kind)
        if (name !== undefined) include(name)
      }
    } else {
      const schema: Schema = {
        ...schemaOf(type),
        'x-kubernetes-group-version-kind': [{ group: type.group, version: type.version, kind: type.kind }],
      }
      schemas.set(nameOf(type), schema)
      includeReferences(schema)
      const own = listSchemaOf(type)
      schemas.set(`${nameOf(type)}List`, own)
      includeReferences(own)
    }
  }
  return Object.fromEntries([...schemas].sort(([left], [right]) => (left < right ? -1 : 1)))
}

const pathsOf = (types: readonly ServedResource[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(types.flatMap(type => operationsOf(type, nameOf(type), `/${rootOf(type)}`)))

/** `/openapi/v3`: the documents by `api/v1`, `apis/GROUP/VERSION`. The hash changes when the document does. */
export function openApiV3Index(crds: readonly KubernetesObject[]): {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>
} {
  const types = typesOf(crds)
  const roots = [...new Set(types.map(rootOf))].sort()
  const specs = new Map<string, string[]>()
  for (const crd of crds)
    for (const root of new Set(typesOfCrd(crd).map(rootOf)))
      specs.set(root, [...(specs.get(root) ?? []), JSON.stringify(crd.spec)])
  return {
    paths: Object.fromEntries(
      roots.map(root => {
        const hash = createHash('sha512')
          .update([info.version, root, ...(specs.get(root) ?? [])].join('\n'))
          .digest('hex')
          .toUpperCase()
        return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }]
      }),
    ),
  }
}

/** One document of `/openapi/v3/…`; `groupVersion` is `v1` or `GROUP/VERSION`. Undefined where nothing is served. */
export function openApiV3(
  groupVersion: string,
  crds: readonly KubernetesObject[],
): OpenApiDocument | undefined {
  const types = typesOf(crds).filter(type => apiVersionOf(type) === groupVersion)
  if (types.length === 0) return undefined
  return { openapi: '3.0.0', info, paths: pathsOf(types), components: { schemas: schemasOf(types) } }
}

/** `/openapi/v2` as JSON: every schema; the operations only by their kinds. */
export function openApiV2(crds: readonly KubernetesObject[]): unknown {
  const types = typesOf(crds)
  const document = JSON.stringify({ paths: pathsOf(types), definitions: schemasOf(types) })
  const parsed: unknown = JSON.parse(document.replaceAll(prefix, '#/definitions/'))
  return { swagger: '2.0', info, ...(parsed as Readonly<Record<string, unknown>>) }
}
