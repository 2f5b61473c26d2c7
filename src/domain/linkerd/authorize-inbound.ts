import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import { convertGrpcMatch, convertHttpMatch } from '../gateway-api/convert-matches.ts'
import { fitsLabelSelector } from '../kubernetes/label-selector.ts'
import { compareMatches } from '../gateway-api/sort-rules.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { compileMatch } from '../routing/route/match.ts'
import type { RequestView } from '../routing/route/request-view.ts'
import type { ConsideredRule } from '../routing/decision.ts'
import { missOf } from '../routing/near-misses/near-miss.ts'
import type { LinkerdClient } from './admit-client.ts'
import { admitClient } from './admit-client.ts'
import { explainAuthorization, serverNearMisses } from './linkerd-near-misses.ts'
import { GATEWAY, namespaceAnnotations, objectsOf, POLICY, specOf } from './linkerd-objects.ts'

export interface InboundVerdict {
  readonly isAllowed: boolean
  readonly status?: number
  /** The Server; absent where the default policy decides. */
  readonly by?: { readonly kind: 'Server'; readonly namespace: string; readonly name: string }
  readonly reason: string
  /** Authorizations that depend on what the objects do not tell, where they decide. */
  readonly unknown: readonly string[]
  /** The objects that were looked at or seem to be for the request, and the field that is the cause. */
  readonly considered: readonly ConsideredRule[]
}

/** A pod that receives a request. */
export interface InboundWorkload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Absent where only pods would tell. */
  readonly port?: number
  readonly portName?: string
  /** The paths that the kubelet probes on the port. */
  readonly probePaths: readonly string[]
}

const refOf = ({ namespace, name }: NamedObject): NonNullable<InboundVerdict['by']> => ({
  kind: 'Server',
  namespace,
  name,
})

/**
 * What the policies of a destination say: its Server's routes and authorizations, or the default policy without one.
 * Source: https://linkerd.io/2/reference/authorization-policy/
 */
export function authorizeInbound(
  objects: readonly KubernetesObject[],
  client: LinkerdClient,
  workload: InboundWorkload,
  view: RequestView,
): InboundVerdict {
  const server = objectsOf(objects, 'Server', [POLICY]).find(item => isServerOf(item, workload))
  if (server === undefined)
    return isProbe(workload, view)
      ? { isAllowed: true, unknown: [], considered: [], reason: PROBE_ALLOWED }
      : { ...evaluateDefault(objects, client, workload), considered: serverNearMisses(objects, workload) }
  const by = refOf(server)
  const routes = routesOf(objects, server)
  const route = mostSpecific(routes, view)
  // "A request that matches no route of a Server that has routes is refused": reference/authorization-policy, HTTPRoute.
  if (routes.length > 0 && route === undefined)
    return {
      isAllowed: false,
      status: 404,
      by,
      unknown: [],
      considered: routes.map(item => missOf(item, 'spec.rules', explainRoute(item, workload, view, server))),
      reason: 'no route of the Server takes the request',
    }
  if (routes.length === 0 && isReadByServer(server) && isProbe(workload, view))
    return { isAllowed: true, by, unknown: [], considered: [], reason: PROBE_ALLOWED }
  const access = textOf(specOf(server)['accessPolicy'])
  // The access policy adds to what authorizes (`client_authzs` in linkerd2).
  if (access !== undefined && isLetInBy(access, client))
    return {
      isAllowed: true,
      by,
      unknown: [],
      considered: [],
      reason:
        access === 'audit'
          ? 'the access policy of the Server is audit: what it would refuse is let in and noted'
          : `the access policy of the Server is ${access}`,
    }
  const found = authorizationsFor(objects, server, route).map(item => ({
    item,
    admission: admitClient(objects, item, client),
  }))
  const considered = found
    .filter(({ admission }) => admission === 'no')
    .map(({ item }) => explainAuthorization(objects, item, client))
  const passing = found.find(({ admission }) => admission === 'yes')
  if (passing !== undefined)
    return {
      isAllowed: true,
      by,
      unknown: [],
      considered,
      reason: `${passing.item.kind} ${passing.item.name} allows it`,
    }
  const open = found.filter(({ admission }) => admission === 'unknown')
  if (open.length > 0)
    return {
      isAllowed: true,
      by,
      unknown: open.map(
        ({ item }) => `${item.kind} ${item.namespace}/${item.name}, which asks for the caller's address`,
      ),
      considered,
      reason: 'whether it is let in depends on the address of the caller',
    }
  const reason =
    found.length === 0 ? 'nothing authorizes requests to the Server' : 'no authorization admits the caller'
  return { isAllowed: false, status: 403, by, unknown: [], considered, reason }
}

const PROBE_ALLOWED = 'probes of the kubelet are let in where no route is attached'

/**
 * Whether a request is one of the kubelet's probes, which Linkerd authorizes for everybody as long as there are no routes:
 * a GET of exactly the path. Source: `default_inbound_http_routes` in linkerd2's policy-controller/k8s/index/src/inbound.
 */
const isProbe = ({ probePaths }: InboundWorkload, { path, request }: RequestView): boolean =>
  request.method === 'GET' && probePaths.includes(path)

/** Whether the proxy reads the requests of a Server, as HTTP. */
const isReadByServer = (server: NamedObject): boolean => {
  const protocol = specOf(server)['proxyProtocol']
  return protocol !== 'opaque' && protocol !== 'TLS' && protocol !== 'gRPC'
}

const explainRoute = (
  route: NamedObject,
  workload: InboundWorkload,
  view: RequestView,
  server: NamedObject,
): string =>
  isProbe(workload, view)
    ? `it is attached to Server ${server.namespace}/${server.name} and takes no ${view.path}: probes are only let in by default where no route is attached`
    : `none of its rules takes ${view.request.method} ${view.path}`

function isServerOf(server: NamedObject, workload: InboundWorkload): boolean {
  const { port, podSelector } = specOf(server)
  return (
    server.namespace === workload.namespace &&
    podSelector !== undefined &&
    fitsLabelSelector(podSelector, workload.labels) &&
    ((workload.port !== undefined && String(port) === String(workload.port)) ||
      (workload.portName !== undefined && port === workload.portName))
  )
}

/**
 * A Server for gRPC has GRPCRoutes, one of opaque or TLS connections has no routes, the others HTTPRoutes.
 * Source: `inbound_server` in linkerd2, https://linkerd.io/2/reference/authorization-policy/#server (proxyProtocol).
 */
function routesOf(objects: readonly KubernetesObject[], server: NamedObject): readonly NamedObject[] {
  const protocol = specOf(server)['proxyProtocol']
  if (protocol === 'opaque' || protocol === 'TLS') return []
  const all =
    protocol === 'gRPC'
      ? objectsOf(objects, 'GRPCRoute', [GATEWAY])
      : objectsOf(objects, 'HTTPRoute', [POLICY, GATEWAY])
  return all.filter(route => route.namespace === server.namespace && isParent(route, server))
}

const isParent = (route: NamedObject, server: NamedObject): boolean =>
  listOf(specOf(route)['parentRefs'])
    .map(fieldsOf)
    .some(item => item['kind'] === 'Server' && item['name'] === server.name)

/** The route whose match takes the request and is the most specific; of equal ones the oldest. */
function mostSpecific(routes: readonly NamedObject[], view: RequestView): NamedObject | undefined {
  const taking = routes.flatMap(route => {
    const convert = route.kind === 'GRPCRoute' ? convertGrpcMatch : convertHttpMatch
    return listOf(specOf(route)['rules'])
      .map(fieldsOf)
      .flatMap(rule => {
        const matches = listOf(rule['matches']).map(fieldsOf)
        return (matches.length === 0 ? [{}] : matches).map(convert)
      })
      .filter(match => compileMatch(match, true).every(item => item.isMet(view)))
      .map(match => ({ route, match }))
  })
  return taking.sort((one, other) => compareMatches(one.match, other.match))[0]?.route
}

/** Those that name the route count with those that name its Server or the whole namespace. */
function authorizationsFor(
  objects: readonly KubernetesObject[],
  server: NamedObject,
  route: NamedObject | undefined,
): readonly NamedObject[] {
  const policies = objectsOf(objects, 'AuthorizationPolicy', [POLICY]).filter(policy => {
    if (policy.namespace !== server.namespace) return false
    const target = fieldsOf(specOf(policy)['targetRef'])
    return (
      (target['kind'] === 'Server' && target['name'] === server.name) ||
      (target['kind'] === 'Namespace' && target['name'] === server.namespace) ||
      (route !== undefined && target['kind'] === route.kind && target['name'] === route.name)
    )
  })
  const older = objectsOf(objects, 'ServerAuthorization', [POLICY]).filter(item => {
    const wanted = fieldsOf(specOf(item)['server'])
    return (
      item.namespace === server.namespace &&
      (wanted['name'] === server.name ||
        (wanted['selector'] !== undefined &&
          fitsLabelSelector(wanted['selector'], server.object.metadata.labels ?? {})))
    )
  })
  return [...policies, ...older]
}

const DEFAULT = 'config.linkerd.io/default-inbound-policy'
const REQUIRE_IDENTITY = 'config.linkerd.io/proxy-require-identity-inbound-ports'

/**
 * Without a Server: the pod's annotation, else its namespace's, else that of Linkerd's installation, which lets all in.
 * Source: https://linkerd.io/2/reference/authorization-policy/#default-policies
 */
function evaluateDefault(
  objects: readonly KubernetesObject[],
  client: LinkerdClient,
  workload: InboundWorkload,
): Omit<InboundVerdict, 'considered'> {
  const annotations = { ...namespaceAnnotations(objects, workload.namespace), ...workload.annotations }
  const policy = annotations[DEFAULT] ?? 'all-unauthenticated'
  const source =
    workload.annotations[DEFAULT] !== undefined
      ? ` (annotation ${DEFAULT} of the pod)`
      : annotations[DEFAULT] !== undefined
        ? ` (annotation ${DEFAULT} of Namespace ${workload.namespace})`
        : ''
  const needsIdentity = (annotations[REQUIRE_IDENTITY] ?? '')
    .split(',')
    .some(port => Number(port.trim()) === workload.port)
  const isAllowed = isLetInBy(policy, client) && (client.isMeshed || !needsIdentity)
  return {
    isAllowed,
    ...(isAllowed ? {} : { status: 403 }),
    unknown: [],
    reason: `the default inbound policy is ${policy}${source}`,
  }
}

/** `audit` only notes what it would refuse. Source: https://linkerd.io/2/features/server-policy/#policy-overview */
const isLetInBy = (policy: string, client: LinkerdClient): boolean =>
  policy === 'deny' ? false : policy.endsWith('-authenticated') ? client.isMeshed : true
