import { hostToFind } from '../../istio/address.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { fieldsOf, textMapOf } from '../../istio/fields/read-fields.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshService } from '../../istio/service.ts'
import { isHttp, portOf } from '../../istio/service.ts'
import { sidecarOf } from '../../istio/visibility.ts'
import type { Verdict } from './apply-rule.ts'
import { defaultRetriesOf } from './retries.ts'
import {
  connectOpaquely,
  findService,
  isListenedFor,
  isTakenByRange,
  unknownRanges,
} from '../listener/connection.ts'
import type { Decision } from '../decision.ts'
import { blackHole, hasCluster, wholeService } from '../endpoint/destinations.ts'
import { ExplainedDecision } from '../explained-decision.ts'
import type { Resolution } from './follow-rules.ts'
import { followRules, reject } from './follow-rules.ts'
import { decideAtGateway } from '../listener/gateway.ts'
import type { RequestView } from './request-view.ts'
import { unchanged, viewRequest } from './request-view.ts'
import type { RoutingRequest } from '../request.ts'
import { hasOwnAddress } from '../listener/tcp-chains.ts'
import type { Answering, SidecarTable, VirtualHost } from './virtual-hosts.ts'
import { chooseVirtualHost, sidecarTable } from './virtual-hosts.ts'

/**
 * Where Istio sends a request, and why each rule did or did not take it. Deterministic: weights are reported,
 * never drawn. `considered` is worked out when it is read.
 */
export function decide(mesh: Mesh, request: RoutingRequest): Decision {
  const resolution =
    request.from.kind === 'gateway' ? decideAtGateway(mesh, request) : decideAtSidecar(mesh, request)
  const unheeded = unheededFor(mesh, request)
  const unknown = mesh.extensions.length === 0 ? unheeded : [...extensionsFor(mesh, request), ...unheeded]
  return new ExplainedDecision(
    resolution,
    [...unknown, ...(resolution.unknown ?? []), ...unknownHeadersOf(resolution.verdict)],
    { mesh, request },
  )
}

/** The headers whose values only the proxy knows, in the words of the rule. */
const unknownHeadersOf = ({ request, destinations }: Verdict): readonly string[] => {
  const leaving = [request, ...destinations.map(item => item.request)]
  const found = leaving.flatMap(item => Object.entries(item?.unknownHeaders ?? {}))
  return [...new Set(found.map(([name, value]) => `header ${name}: ${value}`))]
}

function decideAtSidecar(mesh: Mesh, request: RoutingRequest): Resolution {
  const table = sidecarTable(mesh, request.from, request.port)
  const { service, port, virtualHost } = findAnswering(mesh, table, request)
  const isBytes = request.tls !== 'none' || request.protocol === 'tcp'
  const isTaken = table.hasRanges && isTakenByRange(mesh, request, service)
  // The listener that services of HTTP share reads what comes to it, also for a name of which the port is TCP's.
  const isUnread =
    service !== undefined &&
    port !== undefined &&
    !isHttp(port.protocol) &&
    !table.readsAll &&
    (!table.hasListener || hasOwnAddress(service))
  const isOpaque = isBytes || isTaken || isUnread
  if (isOpaque || (virtualHost === undefined && !table.hasListener && isListenedFor(mesh, request, service)))
    return connectOpaquely(mesh, request, service)

  const view = viewRequest(request, 'mesh', request.port, mesh.settings.pathNormalization)
  const unknown = table.hasRanges ? unknownRanges(mesh, request, service) : []
  if (virtualHost === undefined) {
    // The name is known, but nothing behind it listens on the port, nor does the proxy.
    if (service?.kind === 'Service' && port === undefined && !table.hasListener)
      return { verdict: reject(request, 'no-listener', 503), rules: [] }
    return { verdict: passThrough(mesh, view, table.hasListener), rules: [], unknown }
  }
  if (virtualHost.virtualService !== undefined) {
    const followed = followRules(mesh, view, virtualHost.rules, table.forwardings)
    return unknown.length === 0
      ? followed
      : { ...followed, unknown: [...(followed.unknown ?? []), ...unknown] }
  }
  if (virtualHost.service === undefined) return { verdict: reject(request, 'no-route', 404), rules: [] }
  const destination = wholeService(virtualHost.service, request.port)
  const exists = hasCluster(mesh, request.from, destination)
  return {
    unknown,
    verdict: {
      outcome: exists ? 'forwarded' : 'rejected',
      ...(exists ? {} : { reason: 'no-destination' as const, status: 503 }),
      destinations: [destination],
      mirrors: [],
      ...withRetries(mesh),
      request: unchanged(view),
    },
    rules: [],
  }
}

const withRetries = (mesh: Mesh): Pick<Verdict, 'retries'> => {
  const retries = defaultRetriesOf(mesh)
  return retries === undefined ? {} : { retries }
}

/** Names that are not remembered any more when there are as many: a caller may ask for any. */
const MAX_NAMES = 10_000

/** Who answers for the name that a request asks for: looked up once for a caller, a port and a name. */
function findAnswering(
  mesh: Mesh,
  table: SidecarTable,
  { from, host: name, port: number }: RoutingRequest,
): Answering {
  const known = table.answering.get(name)
  if (known !== undefined) return known
  const host = hostToFind(name)
  const service = findService(mesh, from, host)
  const candidates = findCandidates(table, host, service)
  const answering = {
    service,
    port: service === undefined ? undefined : portOf(service, number),
    virtualHost: candidates && chooseVirtualHost(candidates, from, number),
  }
  if (table.answering.size >= MAX_NAMES) table.answering.clear()
  table.answering.set(name, answering)
  return answering
}

/** The virtual hosts for a name, whatever that is where the service's own listener takes the request. */
function findCandidates(
  table: SidecarTable,
  host: string,
  service: MeshService | undefined,
): readonly VirtualHost[] | undefined {
  if (service !== undefined && table.ownListeners.has(service.host))
    return table.hosts.find(service.host) ?? [{ domain: service.host, rules: [] }]
  return table.hasListener ? table.hosts.find(host) : undefined
}

/**
 * A host that the mesh does not know: let through, or refused with 502.
 * Source: https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
 */
function passThrough(mesh: Mesh, view: RequestView, hasListener: boolean): Verdict {
  const { request } = view
  const sidecar = sidecarOf(mesh, request.from.namespace, request.from.labels)
  const policy = sidecar?.outboundTrafficPolicy ?? mesh.outboundTrafficPolicy
  if (policy === 'REGISTRY_ONLY')
    return {
      ...(hasListener ? reject(request, 'no-virtual-host', 502) : reject(request, 'no-listener')),
      destinations: [blackHole(request)],
    }
  return {
    outcome: 'forwarded',
    destinations: [{ host: request.host, port: request.port, weight: 100, cluster: 'PassthroughCluster' }],
    mirrors: [],
    // Without a listener of its own for the port, the connection passes as bytes.
    request: hasListener
      ? unchanged(view)
      : { host: request.host, path: request.path, headers: request.headers },
  }
}

/** Settings of the mesh that may change the answer; what stands before gateways is of no concern inside the mesh. */
const unheededFor = ({ settings: { unheeded } }: Mesh, { from }: RoutingRequest): readonly string[] =>
  from.kind === 'gateway' ? unheeded : unheeded.filter(item => !item.includes('.gatewayTopology'))

/** The extensions that run in the caller's proxy, whose effect the objects do not tell. */
function extensionsFor(mesh: Mesh, { from }: RoutingRequest): readonly string[] {
  return mesh.extensions
    .filter(({ namespace, object }) => {
      if (namespace !== mesh.rootNamespace && namespace !== from.namespace) return false
      const spec = fieldsOf(object.spec)
      const labels = fieldsOf(spec['workloadSelector'])['labels'] ?? fieldsOf(spec['selector'])['matchLabels']
      return selects(textMapOf(labels), from.labels)
    })
    .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
}
