import { hostCovers } from '../mesh/host-name.ts'
import { memoizeByKey } from '../mesh/memoize.ts'
import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import type { MeshService } from '../mesh/service.ts'
import { portOf } from '../mesh/service.ts'
import type { ConnectionRule, VirtualService } from '../mesh/virtual-service.ts'
import { visibleServices } from '../mesh/visibility.ts'
import type { Verdict } from './apply-rule.ts'
import type { Decision } from './decision.ts'
import { hasCluster, resolveTarget, wholeService } from './destinations.ts'
import { reject } from './follow-rules.ts'
import type { Caller, RoutingRequest } from './request.ts'
import { HostTable, domainsOf } from './virtual-hosts.ts'
import { visibleVirtualServices } from './visible-virtual-services.ts'

const nameTable = memoizeByKey(
  (namespace: string) => namespace,
  (mesh: Mesh, namespace: string): HostTable<MeshService> => {
    const table = new HostTable<MeshService>()
    for (const service of visibleServices(mesh, namespace).values())
      for (const domain of domainsOf(service, namespace, mesh.clusterDomain)) table.add(domain, service)
    return table
  },
)

/** The service that a caller means by a name. */
export const findService = (mesh: Mesh, caller: Caller, host: string): MeshService | undefined =>
  nameTable(mesh, caller.namespace).find(host)

/**
 * A connection that the caller's proxy does not read: TCP, or TLS that the application speaks itself. `tls` rules
 * look at the server's name, `tcp` rules at nothing of the request.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#TLSRoute
 */
export function connectOpaquely(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService | undefined,
): Verdict {
  const { from } = request
  const name = (request.sni ?? service?.host ?? request.host).toLowerCase()
  for (const virtualService of visibleVirtualServices(mesh, from.namespace, 'mesh')) {
    const isOurs = virtualService.hosts.some(
      host => hostCovers(host, name) || (service !== undefined && hostCovers(host, service.host)),
    )
    const rule = isOurs ? connectionRule(virtualService, request, name, 'mesh') : undefined
    if (rule !== undefined) return connect(mesh, request, virtualService, rule)
  }
  const asIs = { host: request.host, path: request.path, headers: request.headers }
  if (service === undefined) {
    if (mesh.outboundTrafficPolicy === 'REGISTRY_ONLY') return reject(request, 'no-filter-chain')
    return {
      outcome: 'forwarded',
      destinations: [{ host: request.host, port: request.port, weight: 100, cluster: 'PassthroughCluster' }],
      mirrors: [],
      request: asIs,
    }
  }
  if (portOf(service, request.port) === undefined) return reject(request, 'no-listener')
  return {
    outcome: 'forwarded',
    destinations: [wholeService(service, request.port)],
    mirrors: [],
    request: asIs,
  }
}

/** The first `tls` rule, or `tcp` rule where the connection is not TLS, that takes a connection. */
export function connectionRule(
  virtualService: VirtualService,
  request: RoutingRequest,
  name: string,
  gateway: string,
  port = request.port,
): ConnectionRule | undefined {
  const { from } = request
  const isTls = request.tls !== 'none'
  return (isTls ? virtualService.tls : virtualService.tcp).find(
    rule =>
      rule.matches.length === 0 ||
      rule.matches.some(
        match =>
          (match.port === undefined || match.port === port) &&
          (!isTls || match.sniHosts.some(host => hostCovers(host, name))) &&
          (match.gateways.length > 0
            ? match.gateways.includes(gateway)
            : selects(match.sourceLabels, from.labels) &&
              (match.sourceNamespace === undefined || match.sourceNamespace === from.namespace)),
      ),
  )
}

/** What a connection rule does: weighted destinations, no changes to what flows. */
export function connect(
  mesh: Mesh,
  request: RoutingRequest,
  { kind, namespace, name }: VirtualService,
  rule: ConnectionRule,
): Verdict {
  const destinations = rule.targets.map((target): Decision['destinations'][number] => {
    const { cluster, ...destination } = resolveTarget(mesh, request.from, target, request.port)
    return { ...destination, weight: target.weight, cluster }
  })
  const exists = destinations.some(destination => hasCluster(mesh, request.from, destination))
  return {
    outcome: exists ? 'forwarded' : 'rejected',
    ...(exists ? {} : { reason: 'no-destination' as const }),
    route: rule.source ?? { kind, namespace, name, rule: rule.index },
    destinations,
    mirrors: [],
    request: { host: request.host, path: request.path, headers: request.headers },
  }
}
