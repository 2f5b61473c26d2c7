import { explainAmbient } from './ambient/ambient-near-misses.ts'
import { passIngressWaypoint, passWaypoint } from './ambient/pass-waypoint.ts'
import { undecidedWaypoints } from './ambient/undecided-waypoints.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { Assumption } from '../istio/settings/mesh-settings.ts'
import type { ConsideredPolicy, PolicyReference } from './policy/authorization.ts'
import type { DestinationOutcome, EvaluatedOutcome } from './endpoint/evaluate-destination.ts'
import { evaluateDestination, evaluateCall } from './endpoint/evaluate-destination.ts'
import { assumptionsOf } from './assumptions.ts'
import { identify } from './endpoint/caller-identity.ts'
import { serverNameOf } from './listener/connection.ts'
import type { ConsideredRule, Decision } from './decision.ts'
import { podPort } from './listener/gateway-servers.ts'
import { normalizeTarget } from './route/normalize-path.ts'
import { tlsNearMisses } from './near-misses/tls-near-misses.ts'
import type { Caller, RoutingRequest } from './request.ts'
import { decide } from './route/resolve.ts'
import { sendPlainly } from './endpoint/send-plainly.ts'

/** A decision with what the destinations' own proxies say to it. */
export interface RequestDecision extends Decision {
  /** The object that refuses the request. */
  readonly deniedBy?: PolicyReference
  /** What becomes of the request at each destination; empty where it reaches none in the mesh. */
  readonly arrivals: readonly DestinationOutcome[]
  /** Settings of the mesh that nothing names and that the answer hangs on; absent where there are none. */
  readonly assumed?: readonly Assumption[]
}

/**
 * The whole answer to a request: where the caller's proxy sends it, how the proxies encrypt, and whether the policies
 * of the gateway and of the destinations let it in. Rejected where no destination accepts it; where only some do,
 * `arrivals` tells them apart.
 */
export function decideRequest(mesh: Mesh, request: RoutingRequest): RequestDecision {
  const decision = decideWithPolicies(mesh, request)
  const assumed = assumptionsOf(mesh, request, decision)
  // The decision is our own yet; to copy it would work out all its reasons.
  return assumed.length === 0 ? decision : Object.assign(decision, { assumed })
}

function decideWithPolicies(mesh: Mesh, request: RoutingRequest): RequestDecision {
  const caller = identify(mesh, request.from)
  if (caller.dataPlane === 'none' && request.from.hasProxy !== false)
    return decideWithPolicies(mesh, {
      ...request,
      from: { ...request.from, kind: 'workload', hasProxy: false },
    })
  const waypoint = caller.dataPlane === 'ambient' ? passWaypoint(mesh, request, caller) : undefined
  const own =
    waypoint?.decision ??
    (caller.dataPlane === 'sidecar' ? decide(mesh, request) : sendPlainly(mesh, request))
  const undecided =
    caller.dataPlane === 'ambient' || request.from.kind === 'gateway'
      ? undecidedWaypoints(mesh, request, own)
      : []
  const first = waypoint?.entry ?? evaluateAtGateway(mesh, request, own)
  if (first?.isAccepted === false) return refuse(mesh, request.from, own, [first], [])
  const behind = passIngressWaypoint(mesh, request, own, caller)
  const entries = [first, behind?.entry].filter(item => item !== undefined)
  if (behind?.entry.isAccepted === false) return refuse(mesh, request.from, behind.decision, entries, [])
  const decision = behind?.decision ?? own
  const sender = behind ?? waypoint ?? { request, identity: caller }
  const arrivals =
    decision.outcome === 'forwarded'
      ? decision.destinations.flatMap(destination =>
          evaluateDestination(mesh, sender.request, decision.request, destination, sender.identity),
        )
      : []
  const evaluated = entries.length === 0 ? arrivals : [...entries, ...arrivals]
  const isRefused = arrivals.length > 0 && arrivals.every(arrival => !arrival.isAccepted)
  // A destination outside the mesh has no arrival, and accepts.
  const reachesOutside = decision.destinations.some(
    ({ host, subset }) => !arrivals.some(arrival => arrival.host === host && arrival.subset === subset),
  )
  const decided =
    isRefused && !reachesOutside
      ? refuse(mesh, request.from, decision, evaluated, arrivals)
      : complete(mesh, request.from, decision, evaluated, arrivals)
  return undecided.length === 0
    ? decided
    : Object.assign(decided, { unknown: [...decided.unknown, ...undecided] })
}

/** The policies on a gateway itself come first: they see the request as it came from outside. */
function evaluateAtGateway(
  mesh: Mesh,
  request: RoutingRequest,
  decision: Decision,
): EvaluatedOutcome | undefined {
  const { from, host, path, headers, method, port } = request
  const sni = serverNameOf(request)
  if (from.kind !== 'gateway' || isTurnedAway(decision) || isPassedByName(decision)) return undefined
  return {
    host: request.host,
    weight: 100,
    tls: 'none',
    ...evaluateCall(mesh, from, {
      protocol: decision.isOpaque === true ? 'tcp' : 'http',
      method,
      path: decision.isOpaque === true ? path : normalizeTarget(path, mesh.settings.pathNormalization),
      host,
      headers,
      port: podPort(mesh, from, port),
      ...(sni === undefined ? {} : { sni }),
    }),
  }
}

/** Whether the request does not get past the listener, where no filter sees it. */
const isTurnedAway = ({ reason }: Decision): boolean =>
  reason === 'no-listener' ||
  reason === 'no-filter-chain' ||
  reason === 'tls-error' ||
  reason === 'mtls-error' ||
  reason === 'protocol-error'

/**
 * Whether AUTO_PASSTHROUGH led the connection on by its name: such chains have no authorization filter.
 * Source: `buildOutboundAutoPassthroughFilterStack` in istio's pilot/pkg/networking/core/listener_builder.go.
 */
const isPassedByName = ({ destinations }: Decision): boolean =>
  destinations.some(({ cluster }) => cluster.startsWith('outbound_.'))

/** The refusal of the heaviest destination is what most requests get. */
function refuse(
  mesh: Mesh,
  from: Caller,
  decision: Decision,
  evaluated: readonly EvaluatedOutcome[],
  arrivals: readonly EvaluatedOutcome[],
): RequestDecision {
  const [first, ...others] = evaluated.filter(arrival => !arrival.isAccepted)
  const heaviest = others.reduce(
    (best, arrival) => (arrival.weight > (best?.weight ?? 0) ? arrival : best),
    first,
  )
  return complete(mesh, from, decision, evaluated, arrivals, {
    outcome: 'rejected',
    status: heaviest?.status,
    reason: heaviest?.reason,
    deniedBy: heaviest?.deniedBy,
  })
}

/** The decision with what is known of arrivals; `considered` stays worked out when it is read. */
function complete(
  mesh: Mesh,
  from: Caller,
  decision: Decision,
  evaluated: readonly EvaluatedOutcome[],
  arrivals: readonly EvaluatedOutcome[],
  changes: { readonly [K in keyof RequestDecision]?: RequestDecision[K] | undefined } = {},
): RequestDecision {
  const own = {
    ...changes,
    arrivals: arrivals.map(
      ({ unknown: _unknown, considered: _considered, ...arrival }): DestinationOutcome => arrival,
    ),
    unknown: [...new Set([...decision.unknown, ...evaluated.flatMap(arrival => arrival.unknown)])],
    get considered() {
      return [
        ...decision.considered,
        ...evaluated.flatMap(arrival => arrival.considered.map(considerPolicy)),
        ...evaluated.flatMap(arrival => tlsNearMisses(mesh, from, arrival, decision.destinations)),
        ...explainAmbient(mesh, from, decision.destinations),
      ]
    },
  }
  const result: object = {}
  Object.defineProperties(result, Object.getOwnPropertyDescriptors(decision))
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(own)))
    if (property.get !== undefined || property.value !== undefined)
      Object.defineProperty(result, name, property)
    else Reflect.deleteProperty(result, name)
  return result as RequestDecision
}

const considerPolicy = ({
  namespace,
  name,
  rule,
  matched,
  reason,
  field,
}: ConsideredPolicy): ConsideredRule => ({
  ...(field === undefined ? {} : { field }),
  route: { kind: 'AuthorizationPolicy', namespace, name, rule: rule ?? 0 },
  matched,
  reason,
})
