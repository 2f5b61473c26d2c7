import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { isHttp, portOf } from '../../istio/service.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import { visibleServices } from '../../istio/visibility.ts'
import type { Decision, Destination } from '../decision.ts'
import { wholeService } from '../endpoint/destinations.ts'
import { ExplainedDecision } from '../explained-decision.ts'
import { followRules } from '../route/follow-rules.ts'
import { unchanged, viewRequest } from '../route/request-view.ts'
import type { Caller, RoutingRequest } from '../request.ts'
import { defaultRetriesOf } from '../route/retries.ts'
import { isPresent, rulesOf } from '../route/rules.ts'
import { visibleVirtualServices } from '../route/visible-virtual-services.ts'
import type { Waypoint } from './ambient-world.ts'
import { findServiceWaypoint } from './find-waypoint.ts'

/**
 * Where a waypoint sends a request for a Service: by the VirtualServices of the mesh that have the Service's name, in
 * the Service's namespace or the waypoint's; all names are one virtual host. `request` comes from the waypoint's proxy.
 * Follows `buildWaypointInboundHTTPRouteConfig` in istio's pilot/pkg/networking/core/listener_waypoint.go.
 */
export function routeAtWaypoint(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService,
  waypoint: Waypoint,
): Decision {
  // Whose request it was is not known there: a match for callers by their labels is for nobody.
  const from: Caller = { ...request.from, labels: {} }
  const rules = virtualServicesAtWaypoint(mesh, service, waypoint)
    .flatMap(item => rulesOf(mesh, item))
    .filter(rule => isPresent(rule, from, 'mesh', request.port))
  const view = viewRequest({ ...request, from }, 'mesh', request.port, mesh.settings.pathNormalization)
  if (rules.length === 0) {
    const retries = defaultRetriesOf(mesh)
    return {
      outcome: 'forwarded',
      destinations: [renameCluster(mesh, waypoint, wholeService(service, request.port))],
      mirrors: [],
      request: unchanged(view),
      unknown: [],
      considered: [],
      ...(retries === undefined ? {} : { retries }),
    }
  }
  const resolution = followRules(mesh, view, rules)
  const { verdict } = resolution
  return {
    ...verdict,
    unknown: [],
    considered: new ExplainedDecision(resolution, []).considered,
    destinations: verdict.destinations.map(item => renameCluster(mesh, waypoint, item)),
    mirrors: verdict.mirrors.map(item => renameCluster(mesh, waypoint, item)),
  }
}

/** The VirtualServices that a waypoint obeys for a Service, the oldest first: the rules of all are asked one after another. */
export const virtualServicesAtWaypoint = (
  mesh: Mesh,
  service: MeshService,
  waypoint: Waypoint,
): readonly VirtualService[] =>
  visibleVirtualServices(mesh, waypoint.namespace, 'mesh').filter(
    ({ namespace, hosts }) =>
      (namespace === waypoint.namespace || namespace === service.namespace) &&
      hosts.some(host => hostCovers(host, service.host) || hostCovers(service.host, host)),
  )

/** The clusters of the waypoint's own Services have names of their own: `getWaypointDestinationCluster` there. */
export function renameCluster<T extends Omit<Destination, 'weight'>>(
  mesh: Mesh,
  waypoint: Waypoint,
  destination: T,
): T {
  const { host, port, subset } = destination
  const service = visibleServices(mesh, waypoint.namespace).get(host)
  if (service === undefined || findServiceWaypoint(mesh.ambient, service).waypoint !== waypoint)
    return destination
  const protocol = portOf(service, port)?.protocol
  const kind = protocol === undefined || isHttp(protocol) ? 'http' : 'tcp'
  return {
    ...destination,
    cluster: `inbound-vip|${String(port)}|${kind}${subset === undefined ? '' : `/${subset}`}|${host}`,
  }
}
