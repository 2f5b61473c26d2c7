import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, numberOf, textOf } from '../istio/fields/read-fields.ts'
import type { NamedObject } from '../istio/named-object.ts'
import type { RouteTarget } from '../istio/virtual-service.ts'
import { convertHeaderChanges } from './convert-header-changes.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { readReference } from './reference.ts'
import { isReferenceGranted } from './reference-grants.ts'
import type { Made, RouteProblem } from './route-problem.ts'

/** A route while it is converted, and whether its parents are gateways, which ask for grants. */
export interface ConvertedRoute {
  readonly objects: GatewayApiObjects
  readonly route: NamedObject
  readonly isMesh: boolean
}

type Target = Omit<RouteTarget, 'weight'>

const SERVICE = { group: '', kind: 'Service' }

/** The host that stands for a backend that may not or cannot be used: requests to it fail with 500. */
export const NO_BACKEND: Target = { host: '' }

/** The sum of the weights; a backend without one has 1. */
export const totalWeight = (backends: readonly Fields[]): number =>
  backends.reduce((sum, backend) => sum + (numberOf(backend['weight']) ?? 1), 0)

/**
 * The backends that get requests. Weights become percents of their sum. A backend that is invalid keeps its share.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (backendRefs).
 */
export function convertBackends(
  context: ConvertedRoute,
  backends: readonly Fields[],
): Made<readonly RouteTarget[]> {
  const used = backends.filter(backend => (numberOf(backend['weight']) ?? 1) > 0)
  const total = totalWeight(used)
  let problem: RouteProblem | undefined
  const targets: RouteTarget[] = []
  for (const backend of used) {
    const made = convertBackend(context, backend)
    if (made.value === undefined) return made.problem === undefined ? {} : { problem: made.problem }
    problem = made.problem ?? problem
    const headers = convertBackendHeaders(listOf(backend['filters']).map(fieldsOf))
    if (headers.value === undefined) return headers.problem === undefined ? {} : { problem: headers.problem }
    const weight = numberOf(backend['weight']) ?? 1
    targets.push({
      ...made.value,
      ...headers.value,
      ...(made.problem === undefined
        ? {}
        : { problem: { backend: backends.indexOf(backend), message: made.problem.message } }),
      weight: used.length === 1 ? 100 : Math.round((weight * 10_000) / total) / 100,
    })
  }
  return compact({ value: targets, problem })
}

/** Only header changes are done for one backend alone. */
function convertBackendHeaders(
  filters: readonly Fields[],
): Made<Pick<RouteTarget, 'requestHeaders' | 'responseHeaders'>> {
  let value: Pick<RouteTarget, 'requestHeaders' | 'responseHeaders'> = {}
  for (const filter of filters) {
    const type = textOf(filter['type']) ?? ''
    if (type !== 'RequestHeaderModifier' && type !== 'ResponseHeaderModifier')
      return { problem: { reason: 'InvalidFilter', message: `unsupported filter type "${type}"` } }
    const changes = convertHeaderChanges(
      filter[type === 'RequestHeaderModifier' ? 'requestHeaderModifier' : 'responseHeaderModifier'],
    )
    if (changes.problem !== undefined) return { problem: changes.problem }
    if (changes.value !== undefined)
      value = {
        ...value,
        [type === 'RequestHeaderModifier' ? 'requestHeaders' : 'responseHeaders']: changes.value,
      }
  }
  return { value }
}

/** Follows `buildDestination` in istio's pilot/pkg/config/kube/gateway/conversion.go. */
export function convertBackend({ objects, route, isMesh }: ConvertedRoute, backend: Fields): Made<Target> {
  const reference = readReference(backend, SERVICE, route.namespace)
  const { group, kind, namespace, name } = reference
  if (
    !isMesh &&
    namespace !== route.namespace &&
    !isReferenceGranted(objects, { kind: route.kind, namespace: route.namespace }, reference)
  )
    return {
      value: NO_BACKEND,
      problem: {
        reason: 'RefNotPermitted',
        message: `backendRef ${name}/${namespace} not accessible to a ${route.kind} in namespace "${route.namespace}" (missing a ReferenceGrant?)`,
      },
    }
  const type = `${group}/${kind}`
  if (type === 'networking.istio.io/Hostname') {
    if (reference.hasNamespace) return invalid('namespace may not be set with Hostname type')
    return withPort(backend, name, isHostOf(objects, namespace, name) ? undefined : name)
  }
  if (type !== '/Service' && type !== 'multicluster.x-k8s.io/ServiceImport')
    return {
      value: NO_BACKEND,
      problem: {
        reason: 'InvalidKind',
        message: `referencing unsupported backendRef: group "${group}" kind "${kind}"`,
      },
    }
  if (type === '/Service' && name.includes('.'))
    return invalid('service name invalid; the name of the Service must be used, not the hostname.')
  const host = `${name}.${namespace}.svc.${objects.clusterDomain}`
  return withPort(backend, host, objects.services.has(`${namespace}/${name}`) ? undefined : host)
}

/** Whether a host is of the route's own namespace: istiod looks in no other (`GatewayContext.GetService`). */
const isHostOf = (
  { services, serviceEntries }: GatewayApiObjects,
  namespace: string,
  host: string,
): boolean =>
  [...serviceEntries].some(([key, hosts]) => key.startsWith(`${namespace}/`) && hosts.includes(host)) ||
  [...services.values()].some(service => service.namespace === namespace && service.host === host)

const invalid = (message: string): Made<Target> => ({ problem: { reason: 'InvalidDestination', message } })

function withPort(backend: Fields, host: string, missing: string | undefined): Made<Target> {
  const port = numberOf(backend['port'])
  if (port === undefined) return invalid('port is required in backendRef')
  return {
    value: { host, port },
    ...(missing === undefined
      ? {}
      : { problem: { reason: 'BackendNotFound', message: `backend(${missing}) not found` } }),
  }
}
