import type { Gateway } from '../istio/gateway.ts'
import type { NamedObject } from '../istio/named-object.ts'
import type { MeshService } from '../istio/service.ts'
import type { HttpRule, VirtualService } from '../istio/virtual-service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Attachment } from './attachment.ts'
import { attachRoute, isServedHere } from './attachment.ts'
import { convertHttpRules } from './convert-http-rules.ts'
import { matchPort } from './convert-matches.ts'
import type { DeniedRoute } from './denied-routes.ts'
import { deniedRoutes } from './denied-routes.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { hostnamesOf, readGatewayApiObjects } from './gateway-api-objects.ts'
import type { Listener } from './listener.ts'
import { readListeners } from './listener.ts'
import { sortRules } from './sort-rules.ts'
import { translateConnectionRoute } from './translate-connection-route.ts'
import { translateListeners } from './translate-listeners.ts'
import type { ClosedListener, UnattachedRoute } from './unattached-routes.ts'
import { findClosedListeners, findUnattachedRoutes } from './unattached-routes.ts'

export interface TranslatedGatewayApi {
  readonly gateways: readonly Gateway[]
  readonly virtualServices: readonly VirtualService[]
  /** Routes at listeners that do not take them. */
  readonly deniedRoutes: readonly DeniedRoute[]
  /** Routes whose parents are not there. */
  readonly unattachedRoutes: readonly UnattachedRoute[]
  readonly closedListeners: readonly ClosedListener[]
}

/**
 * The Gateway API's objects as the Gateways and VirtualServices that istiod makes of them, in its internal names; the
 * rules keep the object that they come from.
 * Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/
 */
export function translateGatewayApi(
  objects: readonly KubernetesObject[],
  services: readonly MeshService[],
  serviceEntries: readonly MeshService[],
  clusterDomain: string,
): TranslatedGatewayApi {
  const own = readGatewayApiObjects(objects, services, serviceEntries, clusterDomain)
  if (own.gateways.length === 0 && own.routes.length === 0)
    return { gateways: [], virtualServices: [], deniedRoutes: [], unattachedRoutes: [], closedListeners: [] }
  const listeners = readListeners(own)
  const pieces = own.routes.flatMap(route => translateHttpRoute(own, listeners, route))
  return {
    gateways: translateListeners(own, listeners),
    deniedRoutes: own.routes.flatMap(route => deniedRoutes(route, attachRoute(own, listeners, route))),
    unattachedRoutes: findUnattachedRoutes(own),
    closedListeners: findClosedListeners(own, listeners),
    virtualServices: [
      ...mergePieces(pieces),
      ...own.routes.flatMap(route => translateConnectionRoute(own, listeners, route)),
    ],
  }
}

/** The rules of one route for one name at one parent. */
interface Piece {
  /** Pieces of the same key are one list of rules. */
  readonly key: string
  readonly route: NamedObject
  readonly gateway: string
  readonly host: string
  readonly rules: readonly HttpRule[]
}

/** Follows `HTTPRouteCollection` in istio's pilot/pkg/config/kube/gateway/route_collections.go. */
function translateHttpRoute(
  objects: GatewayApiObjects,
  listeners: readonly Listener[],
  route: NamedObject,
): readonly Piece[] {
  if (route.kind !== 'HTTPRoute' && route.kind !== 'GRPCRoute') return []
  const attached = attachRoute(objects, listeners, route).filter(({ denied }) => denied === undefined)
  return attached.flatMap(attachment => {
    const isMesh = attachment.gateway === 'mesh'
    const { rules } = convertHttpRules({ objects, route, isMesh })
    if (rules.length === 0) return []
    const { port } = attachment
    const isPortal = isMesh && port !== undefined
    const scope = !isMesh
      ? attachment.gateway
      : isPortal
        ? `${route.namespace}/${String(port)}`
        : route.namespace
    return hostsOf(objects, attachment, route)
      .filter(host => isServedHere(attachment, host))
      .map(host => ({
        key: `${scope}/${host}`,
        route,
        gateway: attachment.gateway,
        host,
        rules: isPortal ? rules.map(rule => onPort(rule, port)) : rules,
      }))
  })
}

/** The names that a route answers for: its own at a gateway, its parent's in the mesh. */
export function hostsOf(
  objects: GatewayApiObjects,
  { gateway, parent }: Attachment,
  route: NamedObject,
): readonly string[] {
  const names = hostnamesOf(route)
  if (gateway !== 'mesh') return names.length === 0 ? ['*'] : names
  return parent.kind === 'ServiceEntry'
    ? (objects.serviceEntries.get(`${parent.namespace}/${parent.name}`) ?? [])
    : [`${parent.name}.${parent.namespace}.svc.${objects.clusterDomain}`]
}

const onPort = (rule: HttpRule, port: number): HttpRule => ({
  ...rule,
  matches: rule.matches.length === 0 ? [matchPort(port)] : rule.matches.map(match => ({ ...match, port })),
})

/** Oldest first, then by namespace and name: `sortRoutesByCreationTime` in istio's conversion.go. */
function compareRoutes(one: NamedObject, other: NamedObject): number {
  const keyOf = ({ namespace, name, object }: NamedObject): readonly string[] => [
    object.metadata.creationTimestamp ?? '',
    namespace,
    name,
  ]
  const theirs = keyOf(other)
  for (const [index, mine] of keyOf(one).entries()) {
    const text = theirs[index] ?? ''
    if (mine !== text) return mine < text ? -1 : 1
  }
  return 0
}

/** Rules of several routes for one name at one parent are one list, ordered by precedence; older routes first. */
function mergePieces(pieces: readonly Piece[]): readonly VirtualService[] {
  const groups = new Map<string, Piece[]>()
  for (const piece of pieces) {
    const group = groups.get(piece.key)
    if (group === undefined) groups.set(piece.key, [piece])
    else group.push(piece)
  }
  return [...groups].flatMap(([key, group]) => {
    const ordered = group.toSorted((one, other) => compareRoutes(one.route, other.route))
    const [first] = ordered
    if (first === undefined) return []
    return [
      {
        ...first.route,
        name: key.replaceAll('/', '~'),
        hosts: [first.host],
        gateways: [first.gateway],
        exportTo: [],
        isGatewayApi: true,
        http: sortRules(ordered.flatMap(piece => sortRules(piece.rules))),
        tls: [],
        tcp: [],
      },
    ]
  })
}
