import { hostCovers } from '../mesh/host-name.ts'
import type { Mesh } from '../mesh/mesh.ts'
import type { MeshService } from '../mesh/service.ts'
import { isHttp, portOf } from '../mesh/service.ts'
import type { HttpMatch, VirtualService } from '../mesh/virtual-service.ts'
import { visibleServices } from '../mesh/visibility.ts'
import type { Decision, Destination } from '../routing/decision.ts'
import { wholeService } from '../routing/destinations.ts'
import { ExplainedDecision } from '../routing/explained-decision.ts'
import { followRules } from '../routing/follow-rules.ts'
import { unchanged, viewRequest } from '../routing/request-view.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { defaultRetriesOf } from '../routing/retries.ts'
import type { CompiledRule } from '../routing/rules.ts'
import { rulesOf } from '../routing/rules.ts'
import { visibleVirtualServices } from '../routing/visible-virtual-services.ts'
import type { Waypoint } from './ambient-world.ts'
import { findServiceWaypoint } from './find-waypoint.ts'

/**
 * Where a waypoint sends a request for a Service: by the first VirtualService of the mesh that has the Service's name, in
 * the Service's namespace or the waypoint's; all names are one virtual host. `request` comes from the waypoint's proxy.
 * Follows `buildWaypointInboundHTTPRouteConfig` in istio's pilot/pkg/networking/core/listener_waypoint.go.
 */
export function routeAtWaypoint(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService,
  waypoint: Waypoint,
): Decision {
  const virtualService = findVirtualService(mesh, service, waypoint)
  const rules =
    virtualService === undefined
      ? []
      : rulesOf(mesh, virtualService)
          .filter(({ matches }) => matches.every(({ port }) => port === undefined || port === request.port))
          .map(forAnyCaller)
  const view = viewRequest(request, 'mesh', request.port, mesh.settings.pathNormalization)
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

function findVirtualService(
  mesh: Mesh,
  service: MeshService,
  waypoint: Waypoint,
): VirtualService | undefined {
  return visibleVirtualServices(mesh, waypoint.namespace, 'mesh').find(
    ({ namespace, hosts }) =>
      (namespace === waypoint.namespace || namespace === service.namespace) &&
      hosts.some(host => hostCovers(host, service.host) || hostCovers(service.host, host)),
  )
}

/** A waypoint looks at no labels, namespaces or gateways of a match: `translateWaypointRoute` there. */
const forAnyCaller = (rule: CompiledRule): CompiledRule => ({
  ...rule,
  isScoped: rule.matches.some(({ port }) => port !== undefined),
  matches: rule.matches.map(({ sourceNamespace: _namespace, ...match }): HttpMatch => ({
    ...match,
    sourceLabels: {},
    gateways: [],
  })),
})

/** The clusters of the waypoint's own Services have names of their own: `getWaypointDestinationCluster` there. */
function renameCluster<T extends Omit<Destination, 'weight'>>(
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
