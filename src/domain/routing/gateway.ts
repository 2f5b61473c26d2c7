import { intersectHosts } from '../mesh/host-name.ts'
import type { Gateway, GatewayServer } from '../mesh/gateway.ts'
import { memoizeByKey } from '../mesh/memoize.ts'
import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import type { VirtualService } from '../mesh/virtual-service.ts'
import type { RejectionReason } from './decision.ts'
import { connect, connectionRules, passAutomatically } from './connection.ts'
import { viewRequest } from './request-view.ts'
import type { Caller, RoutingRequest } from './request.ts'
import { followRules, reject } from './follow-rules.ts'
import type { Resolution } from './follow-rules.ts'
import type { CompiledRule } from './rules.ts'
import { isPresent, rulesOf, withoutShadowed } from './rules.ts'
import { HostTable } from './virtual-hosts.ts'
import { visibleVirtualServices } from './visible-virtual-services.ts'

/** A server that the proxy runs, and the Gateway it is of. */
interface OpenServer {
  readonly gateway: Gateway
  readonly server: GatewayServer
}

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
  if (request.tls === 'none') {
    const plain = servers.filter(item => !isSecure(item.server))
    // A TLS listener gets bytes that are no TLS handshake and closes the connection.
    if (plain.length === 0) return refuse(request, 'protocol-error')
    return decidePlain(mesh, request, plain)
  }
  if (secure.length === 0) return refuse(request, 'protocol-error')
  return decideSecure(mesh, request, secure)
}

const refuse = (request: RoutingRequest, reason: RejectionReason): Resolution => ({
  verdict: reject(request, reason),
  rules: [],
})

const isSecure = ({ port }: GatewayServer): boolean => port.protocol === 'HTTPS' || port.protocol === 'TLS'

const isHttpServer = ({ port }: GatewayServer): boolean =>
  port.protocol === 'HTTP' ||
  port.protocol === 'HTTP2' ||
  port.protocol === 'GRPC' ||
  port.protocol === 'GRPC-WEB'

function decidePlain(mesh: Mesh, request: RoutingRequest, servers: readonly OpenServer[]): Resolution {
  const web = servers.filter(item => isHttpServer(item.server))
  return web.length === 0 ? decideOpaque(mesh, request, servers, undefined) : decideHttp(mesh, request, web)
}

/** All plain servers of a port share one table of hosts; a TLS server has its own. */
function decideHttp(mesh: Mesh, request: RoutingRequest, servers: readonly OpenServer[]): Resolution {
  const table = rememberedTable(mesh, request.from, servers)
  const found = table.find(request.host.toLowerCase().replace(/:\d+$/, ''))
  if (found === undefined) return { verdict: reject(request, 'no-virtual-host', 404), rules: [] }
  const [first] = servers
  const name = first === undefined ? '' : `${first.gateway.namespace}/${first.gateway.name}`
  const view = viewRequest(request, name, first?.server.port.number ?? request.port)
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

function decideSecure(mesh: Mesh, request: RoutingRequest, servers: readonly OpenServer[]): Resolution {
  const name = (request.sni ?? request.host).toLowerCase().replace(/:\d+$/, '')
  const chains = new HostTable<OpenServer>()
  for (const item of servers)
    for (const host of item.server.hosts) chains.add(host.slice(host.indexOf('/') + 1), item)
  const open = chains.find(name)
  if (open === undefined) return refuse(request, 'no-filter-chain')
  const { mode } = open.server.tls
  if (mode === 'PASSTHROUGH') return decideOpaque(mesh, request, [open], name)
  if (mode === 'AUTO_PASSTHROUGH') return { verdict: passAutomatically(mesh, request, name), rules: [] }
  if (mode === 'ISTIO_MUTUAL' && request.tls !== 'istio') return refuse(request, 'mtls-error')
  if ((mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL') && request.tls === 'istio')
    return refuse(request, 'tls-error')
  if (mode === 'MUTUAL' && request.tls !== 'mutual') return refuse(request, 'tls-error')
  // What is inside the TLS that a server of protocol TLS ends is bytes, for which there are tcp rules.
  return open.server.port.protocol === 'TLS'
    ? decideOpaque(mesh, request, [open], undefined)
    : decideHttp(mesh, request, [open])
}

/** By `tls` rules where the server's name of a handshake that goes on is given, else by `tcp` rules. */
function decideOpaque(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
  name: string | undefined,
): Resolution {
  const found = servers.flatMap(({ gateway, server }) => {
    const key = `${gateway.namespace}/${gateway.name}`
    return visibleVirtualServices(mesh, request.from.namespace, key).flatMap(virtualService => {
      const isServed = serverHosts(server, gateway, virtualService.namespace).some(host =>
        virtualService.hosts.some(own => intersectHosts(host, own) !== undefined),
      )
      return isServed ? connectionRules(virtualService, name, key, server.port.number) : []
    })
  })
  const [best] = found.sort((one, other) => other.specificity - one.specificity)
  return best === undefined
    ? refuse(request, 'no-filter-chain')
    : { verdict: connect(mesh, request, best.virtualService, best.rule), rules: [] }
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

/** The hosts of a server for VirtualServices of a namespace: `shop/host` for one namespace, `./host` for the Gateway's own. */
function serverHosts(server: GatewayServer, gateway: Gateway, namespace: string): readonly string[] {
  return server.hosts.flatMap(text => {
    const slash = text.indexOf('/')
    if (slash < 0) return [text]
    const allowed = text.slice(0, slash)
    const isAllowed =
      allowed === '*' || allowed === namespace || (allowed === '.' && gateway.namespace === namespace)
    return isAllowed ? [text.slice(slash + 1)] : []
  })
}

/**
 * The servers on a port, of all Gateways that select the proxy, in whatever namespace these are; oldest first. A
 * server that cannot share the port with an earlier one is left out: one of another protocol, and one with TLS
 * settings, if only to redirect, that names a host again. Source: `mergeGateways` in istio's pilot/pkg/model/gateway.go.
 */
const serversOnPort = memoizeByKey(
  ({ namespace, labels }: Caller, port: number) => `${namespace} ${String(port)} ${JSON.stringify(labels)}`,
  (mesh: Mesh, caller: Caller, port: number): readonly OpenServer[] => {
    const listenerPort = podPort(mesh, caller, port)
    const taken = new Set<string>()
    let plain: GatewayServer | undefined
    return mesh.gateways
      .filter(
        ({ selector, proxyNamespace = caller.namespace }) =>
          proxyNamespace === caller.namespace && selects(selector, caller.labels),
      )
      .flatMap(gateway => gateway.servers.map(server => ({ gateway, server })))
      .filter(({ gateway, server }) => {
        if (podPort(mesh, caller, server.port.number) !== listenerPort) return false
        if (server.tls.isPresent) {
          const hosts = server.hosts.map(host => scopeHost(host, gateway.namespace))
          if (hosts.some(host => taken.has(host))) return false
          for (const host of hosts) taken.add(host)
        }
        if (plain !== undefined) return isHttpServer(plain) && isHttpServer(server)
        if (!isSecure(server)) plain = server
        return true
      })
  },
)

/** A server's host with the namespace that it is for; without one where it is for all. */
const scopeHost = (host: string, namespace: string): string =>
  host.replace(/^\*\//, '').replace(/^\.\//, `${namespace}/`)

/**
 * Gateways name the ports of their Service; the pod listens on the target port. A port that the Service does not
 * have is the pod's own. Source: `MergeGateways` in istio's pilot/pkg/model/gateway.go.
 */
export function podPort(mesh: Mesh, caller: Caller, number: number): number {
  for (const service of mesh.services) {
    if (service.namespace !== caller.namespace || service.selector === undefined) continue
    if (Object.keys(service.selector).length === 0 || !selects(service.selector, caller.labels)) continue
    const port = service.ports.find(item => item.number === number)
    if (typeof port?.targetPort === 'number') return port.targetPort
  }
  return number
}
