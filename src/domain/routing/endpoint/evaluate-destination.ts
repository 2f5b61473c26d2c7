import { evaluateAtZtunnel } from '../ambient/evaluate-at-ztunnel.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { Protocol } from '../../istio/service.ts'
import { isHttp, portOf } from '../../istio/service.ts'
import { servicesKnownTo } from '../../istio/visibility.ts'
import type { ConsideredPolicy, PolicyReference } from '../policy/authorization.ts'
import { authorize } from '../policy/authorization.ts'
import type { Call } from '../policy/call.ts'
import { negotiateTls } from '../policy/negotiate-tls.ts'
import type { ClientTls, ServerTls, Workload } from '../policy/mutual-tls.ts'
import { automaticTls, explainServerMode, explicitTls } from '../policy/mutual-tls.ts'
import { readToken } from '../policy/request-token.ts'
import type { CallerIdentity } from './caller-identity.ts'
import type { Decision, Destination, RejectionReason } from '../decision.ts'
import { normalizeTarget } from '../route/normalize-path.ts'
import type { RoutingRequest } from '../request.ts'
import type { DestinationWorkload } from './workloads-behind.ts'
import { workloadsBehind } from './workloads-behind.ts'

/** What becomes of a request at one of its destinations. */
export interface DestinationOutcome {
  readonly host: string
  readonly subset?: string
  /** Labels of the workload, where a destination's workloads answer differently. */
  readonly workload?: Readonly<Record<string, string>>
  readonly weight: number
  /** How the caller's proxy encrypts. */
  readonly tls: ClientTls
  readonly isAccepted: boolean
  /** What the caller gets where it is refused. */
  readonly status?: number
  readonly reason?: RejectionReason
  readonly deniedBy?: PolicyReference
  /** One sentence in words. */
  readonly explanation: string
}

export interface EvaluatedOutcome extends DestinationOutcome {
  readonly unknown: readonly string[]
  readonly considered: readonly ConsideredPolicy[]
}

/** What the workloads behind a destination do with the request as it leaves the caller's proxy. */
export function evaluateDestination(
  mesh: Mesh,
  request: RoutingRequest,
  leaving: Decision['request'],
  destination: Destination,
  identity: CallerIdentity,
): readonly EvaluatedOutcome[] {
  const { from } = request
  const service = servicesKnownTo(mesh, from).get(destination.host)
  const protocol = service === undefined ? undefined : portOf(service, destination.port)?.protocol
  const explicit = tlsOfCaller(mesh, request, destination, identity, service?.isExternal === true)

  const arrivals = workloadsBehind(mesh, from, destination).map(workload =>
    evaluate(mesh, request, leaving, destination, identity, explicit, workload, protocol),
  )
  return withoutRepetitions(arrivals)
}

/** How a caller encrypts, where it does not depend on the workload. */
function tlsOfCaller(
  mesh: Mesh,
  { from, tls }: RoutingRequest,
  { host, subset, port }: Destination,
  { dataPlane }: CallerIdentity,
  isExternal: boolean,
): ClientTls | undefined {
  if (dataPlane === 'none') return tls === 'none' ? 'none' : 'simple'
  if (dataPlane !== 'sidecar') return undefined
  // Nothing encrypts by itself towards what is said to be outside the mesh.
  return explicitTls(mesh, from, host, subset, port) ?? (isExternal ? 'none' : undefined)
}

function evaluate(
  mesh: Mesh,
  request: RoutingRequest,
  leaving: Decision['request'],
  destination: Destination,
  identity: CallerIdentity,
  explicit: ClientTls | undefined,
  workload: DestinationWorkload,
  protocol: Protocol = 'detected',
): EvaluatedOutcome {
  const isTcp =
    !isHttp(protocol) ||
    request.protocol === 'tcp' ||
    (request.tls !== 'none' && request.from.kind === 'workload')
  const { host, subset, weight } = destination
  if (workload.isAmbient === true) {
    const { method } = request
    const verdict = evaluateAtZtunnel(mesh, workload, identity, { ...leaving, method })
    // An Envoy whose connection ends answers for it; to others the connection just ends.
    const isAnswered = !verdict.isAccepted && !isTcp && identity.dataPlane === 'sidecar'
    return {
      host,
      ...(subset === undefined ? {} : { subset }),
      workload: workload.labels,
      weight,
      ...verdict,
      ...(isAnswered ? { status: 503 } : {}),
    }
  }
  const tls = explicit ?? automaticTls(mesh, workload, workload.port)
  const common = { host, ...(subset === undefined ? {} : { subset }), workload: workload.labels, weight, tls }
  // A gateway's listeners are those of its Gateways; PeerAuthentication is not for them.
  const isGateway = mesh.gateways.some(
    ({ selector }) => Object.keys(selector).length > 0 && selects(selector, workload.labels),
  )
  const server: ServerTls = isGateway
    ? { mode: 'PERMISSIVE' }
    : explainServerMode(mesh, workload, workload.port)
  const handshake = negotiateTls(tls, server, workload.hasProxy, protocol)
  if (!handshake.isConnected)
    return {
      ...common,
      isAccepted: false,
      ...(isTcp ? {} : { status: 503 }),
      reason: handshake.reason,
      ...(server.by === undefined ? {} : { deniedBy: { kind: 'PeerAuthentication', ...server.by } }),
      explanation: handshake.why,
      unknown: [],
      considered: [],
    }
  if (!workload.hasProxy)
    return {
      ...common,
      isAccepted: true,
      explanation: 'the workload has no proxy',
      unknown: [],
      considered: [],
    }
  const isHttpPort = isHttp(protocol) && protocol !== 'detected'
  if (request.protocol === 'tcp' && isHttpPort && !handshake.isOpaque)
    return {
      ...common,
      isAccepted: false,
      reason: 'protocol-error',
      explanation: `the port is declared ${protocol}, and the connection carries no HTTP`,
      unknown: [],
      considered: [],
    }
  const { isMutual } = handshake
  return {
    ...common,
    ...evaluateCall(mesh, workload, {
      protocol: isTcp || handshake.isOpaque ? 'tcp' : 'http',
      method: request.method,
      path: isTcp ? leaving.path : normalizeTarget(leaving.path, mesh.settings.pathNormalization),
      host: leaving.host,
      headers: leaving.headers,
      ...(leaving.unknownHeaders === undefined ? {} : { unknownHeaders: leaving.unknownHeaders }),
      ...(workload.port === undefined ? {} : { port: workload.port }),
      ...(workload.ip === undefined ? {} : { destinationIp: workload.ip }),
      ...(identity.ip === undefined ? {} : { ip: identity.ip }),
      ...remoteAddress(request, identity),
      ...(isMutual
        ? {
            principal: identity.principal,
            isPrincipalAssumed: identity.isAssumed,
            sni: `outbound_.${String(destination.port)}_.${subset ?? ''}_.${host}`,
          }
        : {}),
    }),
  }
}

/** What a workload's token rules and authorization policies say to a call. */
export function evaluateCall(
  mesh: Mesh,
  workload: Workload,
  call: Call,
): Pick<
  EvaluatedOutcome,
  'isAccepted' | 'status' | 'reason' | 'deniedBy' | 'explanation' | 'unknown' | 'considered'
> {
  const isTcp = call.protocol === 'tcp'
  const token = isTcp ? { unknown: [] } : readToken(mesh, workload, call)
  if (token.refusal !== undefined) {
    const { by, reason } = token.refusal
    return {
      isAccepted: false,
      status: 401,
      reason: 'denied',
      deniedBy: { kind: 'RequestAuthentication', namespace: by.namespace, name: by.name },
      explanation: reason,
      unknown: token.unknown,
      considered: [],
    }
  }
  const verdict = authorize(mesh, workload, {
    ...call,
    ...(token.claims === undefined ? {} : { claims: token.claims }),
  })
  return {
    isAccepted: verdict.allowed,
    ...(verdict.allowed ? {} : { reason: 'denied' as const, ...(isTcp ? {} : { status: 403 }) }),
    ...(verdict.allowed || verdict.by === undefined ? {} : { deniedBy: verdict.by }),
    explanation: verdict.reason,
    unknown: [...token.unknown, ...verdict.unknown],
    considered: verdict.considered,
  }
}

/** Workloads that answer alike count as one; which it was is only said where they differ. */
function withoutRepetitions(arrivals: readonly EvaluatedOutcome[]): readonly EvaluatedOutcome[] {
  const keyOf = ({ workload: _workload, ...rest }: EvaluatedOutcome): string => JSON.stringify(rest)
  const distinct = new Map<string, EvaluatedOutcome>()
  for (const arrival of arrivals) if (!distinct.has(keyOf(arrival))) distinct.set(keyOf(arrival), arrival)
  const list = [...distinct.values()]
  return list.length > 1 ? list : list.map(({ workload: _workload, ...rest }) => rest)
}

/**
 * The address of the first caller: a sidecar takes it from X-Forwarded-For, else it is the connection's. What a gateway
 * was called from is not known.
 * Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source (remoteIpBlocks).
 */
function remoteAddress({ from, headers }: RoutingRequest, { ip }: CallerIdentity): Pick<Call, 'remoteIp'> {
  if (from.kind === 'gateway') return {}
  const last = headers['x-forwarded-for']?.split(',').at(-1)?.trim()
  const remoteIp = last ?? ip
  return remoteIp === undefined ? {} : { remoteIp }
}
