import { evaluateAtZtunnel } from '../../../domain/routing/ambient/evaluate-at-ztunnel.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { isHttp, portOf } from '../../../domain/istio/service.ts'
import { evaluateCall } from '../../../domain/routing/endpoint/evaluate-destination.ts'
import { normalizeTarget } from '../../../domain/routing/route/normalize-path.ts'
import { randomHex } from '../context.ts'
import { connectionOf } from './describe-connection.ts'
import { denied, describeExchange, serviceOf } from './describe.ts'
import { noPeer } from './forwarding.ts'
import type { Instance } from './instance.ts'
import type { NetworkParts } from './network-parts.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, proxyTime } from './request.ts'
import { closedConnection, type Attempt, type Connection } from './upstream.ts'

interface ArrivalParts extends Pick<NetworkParts, 'random' | 'report' | 'reportConnection' | 'samples'> {
  readonly mesh: Mesh
  readonly objects: readonly KubernetesObject[]
  readonly ztunnel: Instance | undefined
  /** Lets the application answer. */
  readonly run: (request: TravellingRequest, at: number) => Answer
}

/** What becomes of a request at a pod, by whoever speaks for the pod. */
export function answerAtPod(
  parts: ArrivalParts,
  instance: Instance,
  request: TravellingRequest,
  at: number,
  connection: Connection,
): Answer {
  switch (connection.dataPlane) {
    case 'none':
      return parts.run(request, at)
    case 'ambient':
      return arriveAtZtunnel(parts, instance, request, at, connection)
    case 'sidecar': {
      const { host, servicePort, isOpaque } = connection
      const service = parts.mesh.registry.get(host)
      const port = service === undefined ? undefined : portOf(service, servicePort)
      return isOpaque || (port !== undefined && !isHttp(port.protocol))
        ? arriveOpaquely(parts, instance, request, at, connection)
        : arriveAtSidecar(parts, instance, request, at, connection)
    }
  }
}

/** Ztunnel knows identities, addresses and ports; what it does not let in is closed. */
function arriveAtZtunnel(
  { mesh, ztunnel, run, reportConnection }: ArrivalParts,
  instance: Instance,
  request: TravellingRequest,
  at: number,
  { sender, port, host }: Connection,
): Answer {
  const { namespace, labels, ip } = instance
  const verdict = evaluateAtZtunnel(mesh, { namespace, labels, port, ip }, sender.identity, request)
  const answer = verdict.isAccepted ? run(request, at + proxyTime) : closedConnection
  const duration = answer.duration + (verdict.isAccepted ? proxyTime : 0)
  if (ztunnel !== undefined)
    reportConnection({
      ...connectionOf(request, { ...answer, port, isMutual: sender.identity.hasProxy }, at, duration),
      proxy: ztunnel,
      reporter: 'destination',
      source: sender.instance,
      destination: instance,
      service: serviceOf(mesh, host, request.host),
      ...(verdict.isAccepted ? {} : { failure: verdict.explanation }),
    })
  return { ...answer, duration }
}

/** The sidecar of a port that is not declared to be HTTP. */
function arriveOpaquely(
  { mesh, run, reportConnection }: ArrivalParts,
  instance: Instance,
  request: TravellingRequest,
  at: number,
  connection: Connection,
): Answer {
  const { sender, port, isMutual, host } = connection
  const verdict = evaluate(mesh, instance, request, connection, 'tcp')
  const answer = verdict.isAccepted ? run(request, at + proxyTime) : closedConnection
  const duration = answer.duration + (verdict.isAccepted ? proxyTime : 0)
  reportConnection({
    ...connectionOf(request, { ...answer, port, isMutual }, at, duration),
    proxy: instance,
    reporter: 'destination',
    ...(isMutual ? { source: sender.instance } : {}),
    destination: instance,
    service: serviceOf(mesh, host, request.host),
    upstreamCluster: `inbound|${port}||`,
    ...(verdict.isAccepted ? {} : { failure: verdict.explanation }),
  })
  return { ...answer, flags: verdict.isAccepted ? [] : answer.flags, duration }
}

function arriveAtSidecar(
  { mesh, random, report, run, samples }: ArrivalParts,
  instance: Instance,
  request: TravellingRequest,
  at: number,
  connection: Connection,
): Answer {
  const { sender, isMutual, port, serverName } = connection
  const spanId = randomHex(random, 16)
  const isSampled = request.isSampled ?? samples(instance)
  const anyPort = (): number => 32768 + Math.floor(random() * 28000)
  const verdict = evaluate(mesh, instance, request, connection, 'http')
  const answer = verdict.isAccepted
    ? run({ ...request, isSampled, parentSpan: spanId }, at + proxyTime)
    : denied(verdict)
  const full = answer.duration + (verdict.isAccepted ? proxyTime : 0)
  const isGivenUp = request.deadline !== undefined && at + full > request.deadline
  const duration = isGivenUp ? Math.max(0, request.deadline - at) : full
  const seen: Attempt = isGivenUp
    ? { ...noPeer(proxyAnswer(0, 'DC', 'downstream_remote_disconnect')), isMutual }
    : { ...answer, isMutual }
  const host = calledHost(mesh, instance, serverName)
  report({
    ...describeExchange(request, at, duration, seen, seen.flags),
    proxy: instance,
    direction: 'inbound',
    isSampled,
    // Without a proxy the caller sends nothing that says who it is.
    ...(sender.identity.dataPlane === 'sidecar' || isMutual ? { peer: sender.instance } : {}),
    isPeerMutual: isMutual,
    service: serviceOf(mesh, host, request.host),
    upstreamCluster: `inbound|${port}||`,
    upstreamHost: `${instance.ip}:${port}`,
    upstreamLocal: `127.0.0.6:${anyPort()}`,
    downstreamLocal: `${instance.ip}:${port}`,
    downstreamRemote: `${sender.instance.ip}:${anyPort()}`,
    ...(serverName === undefined ? {} : { serverName }),
    routeName: 'default',
    operation: `${host}:${request.port}/*`,
    spanId,
  })
  return { ...answer, flags: [], duration: full }
}

const evaluate = (
  mesh: Mesh,
  instance: Instance,
  { method, path, host, headers }: TravellingRequest,
  { sender, isMutual, port, serverName }: Connection,
  protocol: 'http' | 'tcp',
): ReturnType<typeof evaluateCall> =>
  evaluateCall(mesh, instance, {
    protocol,
    method,
    path: protocol === 'tcp' ? path : normalizeTarget(path, mesh.settings.pathNormalization),
    host,
    headers,
    port,
    ip: sender.instance.ip,
    destinationIp: instance.ip,
    ...(sender.from.kind === 'gateway' ? {} : { remoteIp: remoteAddress(headers) ?? sender.instance.ip }),
    ...(isMutual ? { principal: sender.identity.principal } : {}),
    ...(serverName === undefined ? {} : { sni: serverName }),
  })

const remoteAddress = (headers: TravellingRequest['headers']): string | undefined =>
  headers['x-forwarded-for']?.split(',').at(-1)?.trim()

/** The Service whose name the TLS handshake says, else the one that selects the pod. */
function calledHost(mesh: Mesh, instance: Instance, serverName: string | undefined): string {
  const named = serverName?.split('_.').at(-1)
  if (named !== undefined) return named
  const own = mesh.services.find(
    ({ namespace, selector }) =>
      namespace === instance.namespace &&
      selector !== undefined &&
      Object.entries(selector).every(([key, value]) => instance.labels[key] === value),
  )
  return own?.host ?? `${instance.app}.${instance.namespace}.svc.${mesh.clusterDomain}`
}
