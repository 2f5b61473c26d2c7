import type { Schema } from '../../src/playground/objects/schema.ts'
import { defaultOf, mapOf, add, type Correction } from './correction.ts'
import { istioCorrections } from './istio-corrections.ts'

const gatewayGroup = 'gateway.networking.k8s.io'

const parentDefaults = (kind: string): readonly Correction[] => [
  defaultOf(kind, 'spec.parentRefs[].group', gatewayGroup),
  defaultOf(kind, 'spec.parentRefs[].kind', 'Gateway'),
]

const backendDefaults = (kind: string, path: string): readonly Correction[] => [
  defaultOf(kind, `${path}.group`, ''),
  defaultOf(kind, `${path}.kind`, 'Service'),
]

const routeDefaults = (kind: string): readonly Correction[] => [
  ...parentDefaults(kind),
  ...backendDefaults(kind, 'spec.rules[].backendRefs[]'),
  defaultOf(kind, 'spec.rules[].backendRefs[].weight', 1),
]

/**
 * What Ajv's validators do not keep: defaults and the kinds of lists. Source: the markers in the Gateway API's
 * apis/v1 (`+kubebuilder:default`, `+listType`).
 */
const corrections: readonly Correction[] = [
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].flatMap(routeDefaults),
  defaultOf('HTTPRoute', 'spec.rules', [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }]),
  defaultOf('HTTPRoute', 'spec.rules[].matches', [{ path: { type: 'PathPrefix', value: '/' } }]),
  defaultOf('HTTPRoute', 'spec.rules[].matches[].path', { type: 'PathPrefix', value: '/' }),
  defaultOf('HTTPRoute', 'spec.rules[].matches[].path.type', 'PathPrefix'),
  defaultOf('HTTPRoute', 'spec.rules[].matches[].path.value', '/'),
  ...['HTTPRoute', 'GRPCRoute'].flatMap(kind => [
    defaultOf(kind, 'spec.rules[].matches[].headers[].type', 'Exact'),
    mapOf(kind, 'spec.rules[].matches[].headers', 'name'),
    ...['spec.rules[].filters[]', 'spec.rules[].backendRefs[].filters[]'].flatMap(path => [
      ...backendDefaults(kind, `${path}.requestMirror.backendRef`),
      defaultOf(kind, `${path}.requestMirror.fraction.denominator`, 100),
      ...['requestHeaderModifier', 'responseHeaderModifier'].flatMap(modifier => [
        mapOf(kind, `${path}.${modifier}.add`, 'name'),
        mapOf(kind, `${path}.${modifier}.set`, 'name'),
        add(kind, `${path}.${modifier}.remove`, { 'x-kubernetes-list-type': 'set' }),
      ]),
    ]),
  ]),
  defaultOf('HTTPRoute', 'spec.rules[].matches[].queryParams[].type', 'Exact'),
  mapOf('HTTPRoute', 'spec.rules[].matches[].queryParams', 'name'),
  defaultOf('HTTPRoute', 'spec.rules[].filters[].requestRedirect.statusCode', 302),
  defaultOf('HTTPRoute', 'spec.rules[].backendRefs[].filters[].requestRedirect.statusCode', 302),
  defaultOf('GRPCRoute', 'spec.rules[].matches[].method.type', 'Exact'),
  mapOf('Gateway', 'spec.listeners', 'name'),
  defaultOf('Gateway', 'spec.listeners[].allowedRoutes', { namespaces: { from: 'Same' } }),
  defaultOf('Gateway', 'spec.listeners[].allowedRoutes.namespaces', { from: 'Same' }),
  defaultOf('Gateway', 'spec.listeners[].allowedRoutes.namespaces.from', 'Same'),
  defaultOf('Gateway', 'spec.listeners[].allowedRoutes.kinds[].group', gatewayGroup),
  defaultOf('Gateway', 'spec.listeners[].tls.mode', 'Terminate'),
  defaultOf('Gateway', 'spec.listeners[].tls.certificateRefs[].group', ''),
  defaultOf('Gateway', 'spec.listeners[].tls.certificateRefs[].kind', 'Secret'),
  defaultOf('Gateway', 'spec.addresses[].type', 'IPAddress'),
  defaultOf('Gateway', 'status.addresses[].type', 'IPAddress'),
  mapOf('Gateway', 'status.conditions', 'type'),
  mapOf('Gateway', 'status.listeners', 'name'),
  mapOf('Gateway', 'status.listeners[].conditions', 'type'),
  mapOf('GatewayClass', 'status.conditions', 'type'),
  mapOf('ListenerSet', 'spec.listeners', 'name'),
  defaultOf('ListenerSet', 'spec.listeners[].allowedRoutes', { namespaces: { from: 'Same' } }),
  defaultOf('ListenerSet', 'spec.listeners[].allowedRoutes.namespaces', { from: 'Same' }),
  defaultOf('ListenerSet', 'spec.listeners[].tls.mode', 'Terminate'),
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(kind =>
    mapOf(kind, 'status.parents[].conditions', 'type'),
  ),
]

/** The schema of an API server's CRD: with what the validators lack, without what only they have. */
export function correctedSchema(schema: Schema, kind: string, isGatewayApi: boolean): Schema {
  const { description, spec, status } = {
    description: schema.description,
    spec: schema.properties?.['spec'],
    status: schema.properties?.['status'],
  }
  const required = (schema.required ?? []).filter(name => !['apiVersion', 'kind', 'metadata'].includes(name))
  const corrected: Schema = {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    ...(required.length === 0 ? {} : { required }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...(spec === undefined ? {} : { spec: asServed(spec) }),
      // Istio's CRDs keep what controllers write beside the known conditions.
      ...(status === undefined
        ? {}
        : {
            status: {
              ...asServed(status),
              ...(isGatewayApi ? {} : { 'x-kubernetes-preserve-unknown-fields': true }),
            },
          }),
    },
  }
  return (isGatewayApi ? corrections : istioCorrections)
    .filter(correction => correction.kind === kind)
    .reduce((own, { path, change }) => changeAt(own, partsOf(path), change, path), corrected)
}

/** An object that the validators accept with any fields keeps them on the server too; ports may be names. */
function asServed(schema: Schema): Schema {
  const isOpen =
    schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === undefined
  const isEither =
    schema.type === undefined &&
    schema.anyOf?.length === 2 &&
    schema.anyOf.map(({ type }) => type).join() === 'integer,string'
  return {
    ...schema,
    ...(isOpen ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(isEither ? { 'x-kubernetes-int-or-string': true } : {}),
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, part]) => [name, asServed(part)]),
          ),
        }),
    ...(typeof schema.additionalProperties === 'object'
      ? { additionalProperties: asServed(schema.additionalProperties) }
      : {}),
    ...(schema.items === undefined ? {} : { items: asServed(schema.items) }),
  }
}

const partsOf = (path: string): readonly string[] =>
  path.replaceAll('[]', '.[]').replaceAll('{}', '.{}').split('.')

function changeAt(
  schema: Schema,
  parts: readonly string[],
  change: (schema: Schema) => Schema,
  path: string,
): Schema {
  const [part, ...rest] = parts
  if (part === undefined) return change(schema)
  if (part === '[]' && schema.items !== undefined)
    return { ...schema, items: changeAt(schema.items, rest, change, path) }
  if (part === '{}' && typeof schema.additionalProperties === 'object')
    return { ...schema, additionalProperties: changeAt(schema.additionalProperties, rest, change, path) }
  const own = schema.properties?.[part]
  // Filters differ between routes, and fields between versions of the package.
  if (own === undefined) return schema
  return { ...schema, properties: { ...schema.properties, [part]: changeAt(own, rest, change, path) } }
}
