import type { Mesh } from '../mesh/mesh.ts'
import { fieldsOf, textMapOf } from '../mesh/read-fields.ts'
import { selects } from '../mesh/named-object.ts'
import type { MeshService } from '../mesh/service.ts'
import { isHttp, portOf } from '../mesh/service.ts'
import { sidecarOf } from '../mesh/visibility.ts'
import type { Verdict } from './apply-rule.ts'
import { defaultRetries } from './apply-rule.ts'
import { connectOpaquely, findService } from './connection.ts'
import type { Decision } from './decision.ts'
import { hasCluster, wholeService } from './destinations.ts'
import { ExplainedDecision } from './explained-decision.ts'
import type { Resolution } from './follow-rules.ts'
import { followRules, reject } from './follow-rules.ts'
import { decideAtGateway } from './gateway.ts'
import type { RequestView } from './request-view.ts'
import { unchanged, viewRequest } from './request-view.ts'
import type { RoutingRequest } from './request.ts'
import type { SidecarTable, VirtualHost } from './virtual-hosts.ts'
import { chooseVirtualHost, hasOwnListener, sidecarTable } from './virtual-hosts.ts'

/**
 * Where Istio sends a request, and why each rule did or did not take it. Deterministic: weights are reported,
 * never drawn. `considered` is worked out when it is read.
 */
export function decide(mesh: Mesh, request: RoutingRequest): Decision {
  const resolution =
    request.from.kind === 'gateway' ? decideAtGateway(mesh, request) : decideAtSidecar(mesh, request)
  const unknown = mesh.extensions.length === 0 ? [] : extensionsFor(mesh, request)
  return new ExplainedDecision(resolution, unknown)
}

function decideAtSidecar(mesh: Mesh, request: RoutingRequest): Resolution {
  const host = withoutPort(request.host.toLowerCase())
  const service = findService(mesh, request.from, host)
  const port = service === undefined ? undefined : portOf(service, request.port)
  const isOpaque = request.tls !== 'none' || (port !== undefined && !isHttp(port.protocol))
  if (isOpaque) return { verdict: connectOpaquely(mesh, request, service), rules: [] }

  const view = viewRequest(request, 'mesh', request.port)
  const table = sidecarTable(mesh, request.from, request.port)
  const candidates = findCandidates(table, host, service, request.port)
  const virtualHost = candidates && chooseVirtualHost(candidates, request.from, request.port)
  if (virtualHost === undefined) {
    // The name is known, but nothing behind it listens on the port, nor does the proxy.
    if (service !== undefined && port === undefined && !table.hasListener)
      return { verdict: reject(request, 'no-listener', 503), rules: [] }
    return { verdict: passThrough(mesh, view, table.hasListener), rules: [] }
  }
  if (virtualHost.virtualService !== undefined)
    return followRules(mesh, view, virtualHost.rules, table.forwardings)
  if (virtualHost.service === undefined) return { verdict: reject(request, 'no-route', 404), rules: [] }
  const destination = wholeService(virtualHost.service, request.port)
  const exists = hasCluster(mesh, request.from, destination)
  return {
    verdict: {
      outcome: exists ? 'forwarded' : 'rejected',
      ...(exists ? {} : { reason: 'no-destination' as const, status: 503 }),
      destinations: [destination],
      mirrors: [],
      retries: defaultRetries,
      request: unchanged(view),
    },
    rules: [],
  }
}

const withoutPort = (host: string): string => (host.includes(':') ? host.replace(/:\d+$/, '') : host)

/** The virtual hosts for a name, whatever that is where the service's own listener takes the request. */
function findCandidates(
  table: SidecarTable,
  host: string,
  service: MeshService | undefined,
  port: number,
): readonly VirtualHost[] | undefined {
  const known = service === undefined ? undefined : table.services.get(service.host)
  if (known !== undefined && !table.isForPort && hasOwnListener(known, port))
    return table.hosts.find(known.host)
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
    return hasListener ? reject(request, 'no-virtual-host', 502) : reject(request, 'no-listener')
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
