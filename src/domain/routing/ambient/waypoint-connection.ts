import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import type { ConnectionRule } from '../../istio/virtual-service.ts'
import { connect } from '../listener/connection.ts'
import type { Decision } from '../decision.ts'
import { wholeService } from '../endpoint/destinations.ts'
import type { RoutingRequest } from '../request.ts'
import type { Waypoint } from './ambient-world.ts'
import { renameCluster, virtualServicesAtWaypoint } from './waypoint-route.ts'

/**
 * Where a waypoint sends bytes that it does not read: by the first `tls` rule that asks for the Service's whole name,
 * whatever the bytes are, else by the first `tcp` rule for the port, else to the Service that was called. Follows `buildWaypointNetworkFilters` in istio's
 * pilot/pkg/networking/core/listener_waypoint.go.
 */
export function connectAtWaypoint(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService,
  waypoint: Waypoint,
): Decision {
  const virtualServices = virtualServicesAtWaypoint(mesh, service, waypoint)
  const byName = virtualServices.flatMap(virtualService =>
    virtualService.tls
      .filter(({ matches }) =>
        matches.some(match => match.sniHosts.includes(service.host) && isForWaypoint(match, request.port)),
      )
      .map(rule => ({ virtualService, rule })),
  )
  const byPort = virtualServices.flatMap(virtualService =>
    virtualService.tcp
      .filter(
        ({ matches }) => matches.length === 0 || matches.some(match => isForWaypoint(match, request.port)),
      )
      .map(rule => ({ virtualService, rule })),
  )
  const found = byName[0] ?? byPort[0]
  if (found !== undefined) {
    const verdict = connect(mesh, request, found.virtualService, found.rule)
    return {
      ...verdict,
      destinations: verdict.destinations.map(item => renameCluster(mesh, waypoint, item)),
      unknown: [],
      considered: [],
      isOpaque: true,
    }
  }
  const destination = wholeService(service, request.port)
  return {
    outcome: 'forwarded',
    destinations: [{ ...destination, cluster: `inbound-vip|${String(request.port)}|tcp|${service.host}` }],
    mirrors: [],
    request: { host: request.host, path: request.path, headers: request.headers },
    unknown: [],
    considered: [],
    isOpaque: true,
  }
}

/** Of a match only the port and the gateways count; one for some callers is for none. */
const isForWaypoint = (
  { port, gateways, sourceLabels, sourceNamespace }: ConnectionRule['matches'][number],
  own: number,
): boolean =>
  (port === undefined || port === own) &&
  (gateways.length === 0 || gateways.includes('mesh')) &&
  Object.keys(sourceLabels).length === 0 &&
  sourceNamespace === undefined
