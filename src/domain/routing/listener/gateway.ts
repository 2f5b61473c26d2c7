import { intersectHosts } from '../../istio/host-name.ts'
import type { GatewayServer } from '../../istio/gateway.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import { decideOpaque, decideSecure, decideUnnamed, refuse } from './gateway-connections.ts'
import type { OpenServer } from './gateway-servers.ts'
import { isHttpServer, isSecure, scopeHost, serverHosts, serversOnPort } from './gateway-servers.ts'
import { viewRequest } from '../route/request-view.ts'
import type { Caller, RoutingRequest } from '../request.ts'
import { followRules, reject } from '../route/follow-rules.ts'
import type { Resolution } from '../route/follow-rules.ts'
import type { CompiledRule } from '../route/rules.ts'
import { isPresent, rulesOf, withoutShadowed } from '../route/rules.ts'
import { HostTable } from '../route/virtual-hosts.ts'
import { visibleVirtualServices } from '../route/visible-virtual-services.ts'

interface GatewayHost {
  isHttpsRedirect: boolean
  readonly rules: CompiledRule[]
}

/**
 * A request that has reached a gateway's proxy.
 * Source: https://istio.io/latest/docs/reference/config/networking/gateway/
 */
export function decideAtGateway(mesh: Mesh, request: RoutingRequest): Resolution {
  const servers = serversOnPort(mesh, request.from, request.port)
  if (servers.length === 0) return refuse(request, 'no-listener')
  const secure = servers.filter(item => isSecure(item.server))
  const plain = servers.filter(item => !isSecure(item.server))
  if (request.tls === 'none') {
    // A TLS listener gets bytes that are no TLS handshake and closes the connection.
    if (plain.length === 0) return decideUnnamed(mesh, request, secure)
    return decidePlain(mesh, request, plain)
  }
  const secured = decideSecure(mesh, request, secure, item => decideHttp(mesh, request, [item]))
  if (secured !== undefined) return secured
  // To a TCP server a handshake is bytes like others; to one of HTTP it is no request.
  if (plain.length > 0)
    return plain.some(item => isHttpServer(item.server))
      ? refuse(request, 'protocol-error')
      : decideOpaque(mesh, request, plain)
  return refuse(request, 'no-filter-chain')
}

function decidePlain(mesh: Mesh, request: RoutingRequest, servers: readonly OpenServer[]): Resolution {
  const web = servers.filter(item => isHttpServer(item.server))
  if (web.length === 0) return decideOpaque(mesh, request, servers)
  return decideHttp(mesh, request, web)
}

/** All plain servers of a port share one table of hosts; a TLS server has its own. */
function decideHttp(mesh: Mesh, request: RoutingRequest, servers: readonly OpenServer[]): Resolution {
  // A server that reads requests gets bytes that are none.
  if (request.protocol === 'tcp') return refuse(request, 'protocol-error')
  const table = rememberedTable(mesh, request.from, servers)
  const found = table.find(request.host.toLowerCase().replace(/:\d+$/, ''))
  if (found === undefined) return { verdict: reject(request, 'no-virtual-host', 404), rules: [] }
  const [first] = servers
  const name = first === undefined ? '' : `${first.gateway.namespace}/${first.gateway.name}`
  const view = viewRequest(
    request,
    name,
    first?.server.port.number ?? request.port,
    mesh.settings.pathNormalization,
  )
  if (!found.isHttpsRedirect || request.scheme !== 'http') return followRules(mesh, view, found.rules)
  return {
    verdict: {
      ...reject(request, 'tls-redirect', 301),
      outcome: 'redirected',
      location: `https://${request.host}${view.path}${view.query}`,
    },
    rules: [],
  }
}

const rememberedTable = memoizeByKey(
  ({ namespace, labels }: Caller, servers: readonly OpenServer[]) =>
    [
      namespace,
      JSON.stringify(labels),
      ...servers.map(({ gateway, server }) => `${gateway.namespace}/${gateway.name}/${String(server.index)}`),
    ].join(' '),
  (mesh: Mesh, caller: Caller, servers: readonly OpenServer[]) => buildTable(mesh, caller, servers),
)

/**
 * The hosts of a gateway's port. Rules of several VirtualServices for one host follow each other, oldest first,
 * but those that take everything come last. The rules of a VirtualService are made once for each Gateway, for the
 * port of its first server that they fit.
 * Source: https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services and
 * `buildGatewayHTTPRouteConfig` in istio's pilot/pkg/networking/core/gateway.go.
 */
function buildTable(mesh: Mesh, caller: Caller, servers: readonly OpenServer[]): HostTable<GatewayHost> {
  const byHost = new Map<string, GatewayHost>()
  const hostOf = (name: string): GatewayHost => {
    const known = byHost.get(name)
    if (known !== undefined) return known
    const fresh: GatewayHost = { isHttpsRedirect: false, rules: [] }
    byHost.set(name, fresh)
    return fresh
  }
  const made = new Map<string, readonly CompiledRule[]>()
  for (const { gateway, server } of servers) {
    const key = `${gateway.namespace}/${gateway.name}`
    for (const virtualService of visibleVirtualServices(mesh, caller.namespace, key)) {
      const names = new Set<string>()
      for (const served of serverHosts(server, gateway, virtualService.namespace))
        for (const own of virtualService.hosts) {
          const shared = intersectHosts(served, own)
          if (shared !== undefined) names.add(shared)
        }
      if (names.size === 0) continue
      const ruleKey = `${key} ${virtualService.namespace}/${virtualService.name}`
      const rules = made.get(ruleKey) ?? bindRules(mesh, caller, virtualService, key, server)
      if (rules.length === 0) continue
      made.set(ruleKey, rules)
      for (const name of names) {
        const host = hostOf(name)
        host.isHttpsRedirect ||= server.tls.isHttpsRedirect
        host.rules.push(...rules)
      }
    }
    if (server.tls.isHttpsRedirect)
      // istiod takes these as they are written: one with a namespace is no domain that a request can have.
      for (const name of server.hosts) hostOf(scopeHost(name, gateway.namespace)).isHttpsRedirect = true
  }
  const table = new HostTable<GatewayHost>()
  for (const [name, host] of byHost) {
    host.rules.sort((one, other) => Number(one.isCatchAll) - Number(other.isCatchAll))
    table.add(name, host)
  }
  return table
}

/** A VirtualService's rules as a gateway gets them for a server; none where none is for this proxy. */
function bindRules(
  mesh: Mesh,
  caller: Caller,
  virtualService: VirtualService,
  gateway: string,
  { port, tls }: GatewayServer,
): readonly CompiledRule[] {
  const binding = { gateway, port: port.number, isTls: tls.isPresent }
  const rules = rulesOf(mesh, virtualService).map(rule => ({ ...rule, binding }))
  return rules.some(rule => isPresent(rule, caller, gateway, port.number))
    ? withoutShadowed(rules, caller, gateway, port.number)
    : []
}
