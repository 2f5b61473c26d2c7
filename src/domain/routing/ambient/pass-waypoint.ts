import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshService } from '../../istio/service.ts'
import { isHttp, portOf } from '../../istio/service.ts'
import { visibleServices } from '../../istio/visibility.ts'
import type { EvaluatedOutcome } from '../endpoint/evaluate-destination.ts'
import { evaluateCall } from '../endpoint/evaluate-destination.ts'
import type { CallerIdentity } from '../endpoint/caller-identity.ts'
import { findService } from '../listener/connection.ts'
import type { Decision } from '../decision.ts'
import { reject } from '../route/follow-rules.ts'
import { normalizeTarget } from '../route/normalize-path.ts'
import type { Caller, RoutingRequest } from '../request.ts'
import type { Waypoint } from './ambient-world.ts'
import { findServiceWaypoint } from './find-waypoint.ts'
import { connectAtWaypoint } from './waypoint-connection.ts'
import { routeAtWaypoint } from './waypoint-route.ts'

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name'
const SERVICE_ACCOUNT = 'gateway.istio.io/service-account'

/** What a waypoint does with a request, and who sends it on. */
export interface WaypointPass {
  readonly waypoint: Waypoint
  readonly decision: Decision
  /** What the waypoint's policies say; they come before its routes. */
  readonly entry: EvaluatedOutcome
  /** The waypoint's own identity: the one that the destination's proxy sees. */
  readonly identity: CallerIdentity
  /** The request as one of the waypoint's proxy. */
  readonly request: RoutingRequest
}

/**
 * What becomes of a request that ztunnel hands to the waypoint of the Service that it calls; undefined where the Service
 * has none. Source: https://istio.io/latest/docs/ambient/architecture/data-plane/
 */
export function passWaypoint(
  mesh: Mesh,
  request: RoutingRequest,
  caller: CallerIdentity,
): WaypointPass | undefined {
  const service = findService(mesh, request.from, request.host.toLowerCase().replace(/:\d+$/, ''))
  return service === undefined ? undefined : passWaypointOf(mesh, request, caller, service)
}

/** As `passWaypoint`, for a Service that is known. */
export function passWaypointOf(
  mesh: Mesh,
  request: RoutingRequest,
  caller: CallerIdentity,
  service: MeshService,
): WaypointPass | undefined {
  const port = portOf(service, request.port)
  const { waypoint } = findServiceWaypoint(mesh.ambient, service)
  if (waypoint === undefined || port === undefined) return undefined
  const from: Caller = {
    kind: 'gateway',
    namespace: waypoint.namespace,
    labels: { [GATEWAY_NAME]: waypoint.name },
  }
  const own = { ...request, from }
  if (request.protocol === 'tcp' && isHttp(port.protocol) && port.protocol !== 'detected')
    return {
      waypoint,
      ...rejectBytes(own, service),
      identity: identifyWaypoint(mesh, waypoint),
      request: own,
    }
  const isBytes = request.protocol === 'tcp' && port.protocol === 'detected'
  const isOpaque =
    !isHttp(port.protocol) || isBytes || (request.tls !== 'none' && request.from.kind === 'workload')
  return {
    waypoint,
    decision: isOpaque
      ? connectAtWaypoint(mesh, own, service, waypoint)
      : routeAtWaypoint(mesh, own, service, waypoint),
    entry: evaluateAtWaypoint(mesh, own, caller, service, isOpaque),
    identity: identifyWaypoint(mesh, waypoint),
    request: own,
  }
}

const INGRESS_USE_WAYPOINT = 'istio.io/ingress-use-waypoint'

/**
 * As `passWaypoint`, for what a gateway sends on: it goes through the waypoint only where the Service or its namespace
 * says so. Where a gateway splits requests, what the waypoints of each destination do is not worked out.
 * Follows `findServiceWaypoint` in istio's pilot/pkg/xds/endpoints/endpoint_builder.go.
 */
export function passIngressWaypoint(
  mesh: Mesh,
  request: RoutingRequest,
  decision: Decision,
  gateway: CallerIdentity,
): WaypointPass | undefined {
  const [destination, ...others] = decision.destinations
  if (request.from.kind !== 'gateway' || mesh.ambient.waypoints.size === 0) return undefined
  if (decision.outcome !== 'forwarded' || destination === undefined || others.length > 0) return undefined
  const service = visibleServices(mesh, request.from.namespace).get(destination.host)
  if (service === undefined || !isForIngress(mesh, service)) return undefined
  const leaving = { ...decision.request, port: destination.port, tls: 'none' as const }
  const passed = passWaypointOf(mesh, { ...request, ...leaving }, gateway, service)
  if (passed === undefined) return undefined
  const { considered, unknown } = passed.decision
  return {
    ...passed,
    decision: {
      ...passed.decision,
      ...(decision.route === undefined || passed.decision.route !== undefined
        ? {}
        : { route: decision.route }),
      considered: [...decision.considered, ...considered],
      unknown: [...decision.unknown, ...unknown],
    },
  }
}

/** Whether what gateways send to a Service goes through its waypoint. */
export function isForIngress({ ambient: { namespaces } }: Mesh, { object, namespace }: MeshService): boolean {
  const label =
    object.metadata.labels?.[INGRESS_USE_WAYPOINT] ?? namespaces.get(namespace)?.[INGRESS_USE_WAYPOINT]
  return label === 'true'
}

/** What is no HTTP ends where the waypoint reads requests, before its policies are asked. */
const rejectBytes = (
  request: RoutingRequest,
  { host }: MeshService,
): Pick<WaypointPass, 'decision' | 'entry'> => ({
  decision: { ...reject(request, 'protocol-error'), unknown: [], considered: [] },
  entry: {
    host,
    weight: 100,
    tls: 'istio-mutual',
    isAccepted: true,
    explanation: 'the waypoint reads no request',
    unknown: [],
    considered: [],
  },
})

/** The policies attached to the waypoint, to its class or to the Service; the port is the Service's. */
function evaluateAtWaypoint(
  mesh: Mesh,
  { from, method, path, host, headers, port }: RoutingRequest,
  caller: CallerIdentity,
  service: MeshService,
  isOpaque: boolean,
): EvaluatedOutcome {
  const [destinationIp] = service.addresses
  const { principal, isAssumed, ip } = caller
  return {
    host: service.host,
    weight: 100,
    tls: 'istio-mutual',
    ...evaluateCall(
      mesh,
      { ...from, waypointFor: service },
      {
        protocol: isOpaque ? 'tcp' : 'http',
        method,
        path: isOpaque ? path : normalizeTarget(path, mesh.settings.pathNormalization),
        host,
        headers,
        port,
        principal,
        isPrincipalAssumed: isAssumed,
        ...(destinationIp === undefined ? {} : { destinationIp }),
        ...(ip === undefined ? {} : { ip, remoteIp: ip }),
      },
    ),
  }
}

/** Istio runs a waypoint under a service account of its Gateway's name. */
function identifyWaypoint(mesh: Mesh, { namespace, name, object }: Waypoint): CallerIdentity {
  const pods = (mesh.podsByNamespace.get(namespace) ?? []).filter(pod =>
    selects({ [GATEWAY_NAME]: name }, pod.labels),
  )
  const account = pods[0]?.serviceAccount ?? object.metadata.annotations?.[SERVICE_ACCOUNT] ?? name
  const [only, ...others] = pods
  const ip = others.length === 0 ? only?.ip : undefined
  return {
    hasProxy: true,
    dataPlane: 'sidecar',
    principal: `${mesh.trustDomain}/ns/${namespace}/sa/${account}`,
    isAssumed: false,
    ...(ip === undefined ? {} : { ip }),
  }
}
