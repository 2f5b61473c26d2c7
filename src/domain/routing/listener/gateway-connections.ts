import { intersectHosts } from '../../istio/host-name.ts'
import type { GatewayServer } from '../../istio/gateway.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { ConnectionRule, VirtualService } from '../../istio/virtual-service.ts'
import { connect, connectionRules, passAutomatically, serverNameOf } from './connection.ts'
import type { ConsideredRule, RejectionReason } from '../decision.ts'
import { explainConnectionRules } from './explain-connection.ts'
import type { Resolution } from '../route/follow-rules.ts'
import { reject } from '../route/follow-rules.ts'
import type { OpenServer } from './gateway-servers.ts'
import { serverHosts } from './gateway-servers.ts'
import type { RoutingRequest } from '../request.ts'
import { HostTable } from '../route/virtual-hosts.ts'
import { visibleVirtualServices } from '../route/visible-virtual-services.ts'

/** A connection that the gateway's proxy closes. */
export const refuse = (request: RoutingRequest, reason: RejectionReason): Resolution => ({
  verdict: reject(request, reason),
  rules: [],
})

/**
 * The filter chain for the server's name. Servers of protocol TLS have chains as far as they have rules: by the rules'
 * own names where the handshake goes on to the destination, by the server's hosts where the gateway ends it.
 * Source: `buildGatewayTCPBasedFilterChains` in istio's pilot/pkg/networking/core/gateway.go.
 */
export function decideSecure(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
  decideHttp: (server: OpenServer) => Resolution,
): Resolution | undefined {
  const name = serverNameOf(request) ?? ''
  const chains = new HostTable<() => Resolution>()
  const claimed = new Set<string>()
  for (const item of servers) {
    const { server } = item
    const hosts = server.hosts.map(host => host.slice(host.indexOf('/') + 1))
    if (server.tls.mode === 'AUTO_PASSTHROUGH') {
      const verdict = passAutomatically(mesh, request, name, hosts)
      if (verdict !== undefined) chains.add(name, () => ({ verdict, rules: [], explainConnection: () => [] }))
      continue
    }
    const isPassed = server.tls.mode === 'PASSTHROUGH'
    if (server.port.protocol === 'TLS' || isPassed) {
      for (const { virtualService, rule, serverNames } of rulesFor(mesh, request, item, isPassed)) {
        if (isPassed && !claim(claimed, serverNames)) continue
        for (const host of isPassed ? serverNames : hosts)
          chains.add(
            host,
            () =>
              (isPassed ? undefined : refuseHandshake(request, server)) ??
              follow(mesh, request, servers, virtualService, rule),
          )
      }
      continue
    }
    for (const host of hosts) chains.add(host, () => refuseHandshake(request, server) ?? decideHttp(item))
  }
  return chains.find(name)?.()
}

/**
 * A match of which one name is taken already has no chain at all, and still takes its other names.
 * Source: `CheckDuplicates` in istio's pilot/pkg/model/gateway.go, called by `buildGatewayNetworkFiltersFromTLSRoutes`.
 */
function claim(claimed: Set<string>, names: readonly string[]): boolean {
  const isFree = names.every(name => !claimed.has(name))
  for (const name of names) claimed.add(name)
  return isFree
}

/**
 * What a server that ends TLS says to the certificate that a caller shows, or does not.
 * Source: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
 */
function refuseHandshake(request: RoutingRequest, { tls: { mode } }: GatewayServer): Resolution | undefined {
  if (mode === 'ISTIO_MUTUAL') return request.tls === 'istio' ? undefined : refuse(request, 'mtls-error')
  const isMutual = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL'
  if (isMutual && request.tls === 'istio') return refuse(request, 'tls-error')
  return mode === 'MUTUAL' && request.tls !== 'mutual' ? refuse(request, 'tls-error') : undefined
}

/** What is not TLS gets through a TLS port only where a rule passes on any name, so that no name is looked for. */
export function decideUnnamed(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
): Resolution {
  const [first] = servers
    .filter(({ server }) => server.tls.mode === 'PASSTHROUGH')
    .flatMap(item => rulesFor(mesh, request, item, true))
    .filter(({ serverNames }) => serverNames.includes('*'))
  return first === undefined
    ? refuse(request, 'protocol-error')
    : follow(mesh, request, servers, first.virtualService, first.rule)
}

/** The first `tcp` rule of the servers takes all bytes. */
export function decideOpaque(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
): Resolution {
  const [first] = servers.flatMap(item => rulesFor(mesh, request, item, false))
  return first === undefined
    ? refuse(request, 'no-filter-chain')
    : follow(mesh, request, servers, first.virtualService, first.rule)
}

/** A connection that a rule takes, with why the others do not. */
const follow = (
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
  virtualService: VirtualService,
  rule: ConnectionRule,
): Resolution => ({
  verdict: connect(mesh, request, virtualService, rule),
  rules: [],
  explainConnection: () => explain(mesh, request, servers, rule),
})

/** Why no rule of the servers takes a connection. */
export const explainClosing = (
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
): readonly ConsideredRule[] => explain(mesh, request, servers, undefined)

function explain(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
  chosen: ConnectionRule | undefined,
): readonly ConsideredRule[] {
  return servers.flatMap(item => {
    const { gateway, server } = item
    const key = `${gateway.namespace}/${gateway.name}`
    const isPassed = server.tls.mode === 'PASSTHROUGH'
    return servedBy(mesh, request, item).flatMap(virtualService =>
      explainConnectionRules(virtualService, serverNameOf(request), chosen, (isTls, match) => {
        if (isTls && !isPassed) return 'tls rules are for TLS that the gateway passes through'
        if (!isTls && isPassed) return 'tcp rules are not for TLS that the gateway passes through'
        if (match?.port !== undefined && match.port !== server.port.number)
          return `the rule is for port ${String(match.port)}, not ${String(server.port.number)}`
        const isForThis = match === undefined || match.gateways.length === 0 || match.gateways.includes(key)
        return isForThis ? undefined : `the rule is not for gateway ${key}`
      }),
    )
  })
}

/** The VirtualServices bound to a server, as far as one of their hosts is one of its. */
export const servedBy = (
  mesh: Mesh,
  request: RoutingRequest,
  { gateway, server }: OpenServer,
): readonly VirtualService[] =>
  visibleVirtualServices(mesh, request.from.namespace, `${gateway.namespace}/${gateway.name}`).filter(
    ({ namespace, hosts }) =>
      serverHosts(server, gateway, namespace).some(host =>
        hosts.some(own => intersectHosts(host, own) !== undefined),
      ),
  )

const rulesFor = (
  mesh: Mesh,
  request: RoutingRequest,
  item: OpenServer,
  isTls: boolean,
): ReturnType<typeof connectionRules> =>
  servedBy(mesh, request, item).flatMap(virtualService =>
    connectionRules(
      virtualService,
      isTls,
      `${item.gateway.namespace}/${item.gateway.name}`,
      item.server.port.number,
    ),
  )
