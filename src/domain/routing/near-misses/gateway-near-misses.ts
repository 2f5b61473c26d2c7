import { hostCovers, intersectHosts, mostSpecific } from '../../istio/host-name.ts'
import type { Gateway, GatewayServer } from '../../istio/gateway.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import { fieldsOf, textsOf } from '../../istio/fields/read-fields.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo } from '../../istio/visibility.ts'
import type { ConsideredRule, RejectionReason } from '../decision.ts'
import type { OpenServer } from '../listener/gateway-servers.ts'
import { isSecure, serverHosts, serversOnPort } from '../listener/gateway-servers.ts'
import type { Caller, RoutingRequest } from '../request.ts'
import { askedHost, hostField, hostIndex } from './host-relations.ts'
import { otherListenerMiss } from './listener-near-misses.ts'
import { missOf, titleOf } from './near-miss.ts'

/** Why a request does not get past the gateway's listener. */
const LISTENER_REASONS: ReadonlySet<RejectionReason> = new Set([
  'no-listener',
  'no-filter-chain',
  'no-virtual-host',
  'protocol-error',
  'tls-error',
  'mtls-error',
])

/** Where a server is written: in a Gateway of the Gateway API it is a listener. */
const serverPath = (gateway: Gateway, server: GatewayServer): string =>
  gateway.source === undefined
    ? `spec.servers[${String(server.index)}]`
    : `spec.listeners[${JSON.stringify(gateway.source.section)}]`

const keyOf = ({ namespace, name }: Pick<Gateway, 'namespace' | 'name'>): string => `${namespace}/${name}`

const isSelected = ({ selector, proxyNamespace }: Gateway, from: Caller): boolean =>
  (proxyNamespace ?? from.namespace) === from.namespace && selects(selector, from.labels)

/** The VirtualServices whose rules a gateway asks for a host on a port, as it was found for the request. */
export function boundVirtualServices(mesh: Mesh, request: RoutingRequest): readonly VirtualService[] {
  const name = askedHost(request)
  const servers = serversOnPort(mesh, request.from, request.port)
  const hosts = new Map<string, VirtualService[]>()
  for (const { gateway, server } of servers)
    for (const item of mesh.virtualServices) {
      if (!isBound(item, gateway, request.from)) continue
      for (const served of serverHosts(server, gateway, item.namespace))
        for (const own of item.hosts) {
          const shared = intersectHosts(served, own)
          if (shared !== undefined && hostCovers(shared, name))
            hosts.set(shared, [...(hosts.get(shared) ?? []), item])
        }
    }
  return [...new Set(mostSpecific(name, hosts) ?? [])]
}

const isBound = (item: VirtualService, gateway: Gateway, from: Caller): boolean =>
  item.gateways.includes(keyOf(gateway)) && isExportedTo(item.exportTo, item.namespace, from.namespace)

/** The Gateways and VirtualServices that a request at a gateway seems to be for and that do not count for it. */
export function gatewayNearMisses(
  mesh: Mesh,
  request: RoutingRequest,
  bound: readonly VirtualService[],
  reason: RejectionReason | undefined,
): readonly ConsideredRule[] {
  const servers = serversOnPort(mesh, request.from, request.port)
  const name = askedHost(request)
  const listeners =
    reason !== undefined && LISTENER_REASONS.has(reason)
      ? mesh.gateways.flatMap(gateway => explainGateway(request, gateway, servers, name))
      : []
  const rules = mesh.virtualServices.flatMap(item => {
    if (bound.includes(item)) return []
    const index = hostIndex(item, [name])
    if (index === undefined || item.hosts.length === 0) return []
    if (item.isGatewayApi === true)
      return reason === undefined || item.gateways.includes('mesh')
        ? []
        : otherListenerMiss(mesh, request, item)
    return explainRule(mesh, request, item, index, servers, bound)
  })
  return [...listeners, ...rules]
}

function explainGateway(
  { from, port, sni, tls }: RoutingRequest,
  gateway: Gateway,
  servers: readonly OpenServer[],
  name: string,
): readonly ConsideredRule[] {
  const onPort = gateway.servers.filter(server => server.port.number === port)
  if (!isSelected(gateway, from)) {
    if (onPort.length === 0 || !onPort.some(server => serves(server, name))) return []
    const labels = Object.entries(gateway.selector).map(([key, value]) => `${key}=${value}`)
    return gateway.proxyNamespace !== undefined && gateway.proxyNamespace !== from.namespace
      ? [
          missOf(
            gateway,
            'metadata.namespace',
            `its proxies are in namespace ${gateway.proxyNamespace}, not ${from.namespace}`,
          ),
        ]
      : [missOf(gateway, 'spec.selector', `selector ${labels.join(', ')} does not select this proxy`)]
  }
  if (onPort.length === 0) {
    const ports = [...new Set(gateway.servers.map(server => String(server.port.number)))]
    return servers.length > 0
      ? []
      : [
          missOf(
            gateway,
            gateway.source === undefined ? 'spec.servers' : 'spec.listeners',
            gateway.source === undefined
              ? `it has no server on port ${String(port)}, only on ${ports.join(', ')}`
              : `it has no listener on port ${String(port)}`,
          ),
        ]
  }
  const wanted = tls === 'none' ? name : (sni ?? name).toLowerCase()
  return onPort.flatMap(server => {
    const path = serverPath(gateway, server)
    if (!servers.some(open => open.gateway === gateway && open.server === server))
      return [
        missOf(gateway, path, `an earlier server has port ${String(port)} or one of these hosts already`),
      ]
    if (isSecure(server) !== (tls !== 'none'))
      return [
        missOf(
          gateway,
          gateway.source === undefined ? `${path}.port.protocol` : `${path}.protocol`,
          `the server on port ${String(port)} is ${server.port.protocol}, and the request ${tls === 'none' ? 'is not TLS' : 'is TLS'}`,
        ),
      ]
    const { mode } = server.tls
    if (serves(server, wanted) && isSecure(server) && mode !== undefined && needsCertificate(mode, tls))
      return [
        missOf(
          gateway,
          gateway.source === undefined ? `${path}.tls.mode` : `${path}.tls`,
          `its tls mode is ${mode}, and the caller ${tls === 'simple' ? 'shows no certificate' : `speaks ${tls} TLS`}`,
        ),
      ]
    const written = gateway.source === undefined ? server.hosts : [...new Set(server.hosts.map(bareHost))]
    return serves(server, wanted)
      ? []
      : [
          missOf(
            gateway,
            gateway.source === undefined ? `${path}.hosts` : `${path}.hostname`,
            `hosts ${written.map(host => `"${host}"`).join(', ')} do not cover ${tls === 'none' ? 'host' : 'server name'} ${wanted}`,
          ),
        ]
  })
}

const needsCertificate = (mode: string, tls: RoutingRequest['tls']): boolean =>
  mode === 'ISTIO_MUTUAL' ? tls !== 'istio' : mode === 'MUTUAL' && tls !== 'mutual'

const bareHost = (host: string): string => host.slice(host.indexOf('/') + 1)

const serves = ({ hosts }: GatewayServer, name: string): boolean =>
  hosts.some(host => hostCovers(bareHost(host), name))

function explainRule(
  mesh: Mesh,
  { from, port }: RoutingRequest,
  item: VirtualService,
  index: number,
  servers: readonly OpenServer[],
  bound: readonly VirtualService[],
): readonly ConsideredRule[] {
  const gateways = mesh.gateways.filter(gateway => isSelected(gateway, from))
  const own = gateways.filter(gateway => item.gateways.includes(keyOf(gateway)))
  const { field, text } = hostField(item, index)
  if (own.length === 0) return gateways.length === 0 ? [] : [explainGateways(mesh, item, gateways)]
  if (!isExportedTo(item.exportTo, item.namespace, from.namespace))
    return [
      missOf(
        item,
        'spec.exportTo',
        `exportTo ${item.exportTo.map(each => `"${each}"`).join(', ')} leaves out namespace ${from.namespace} of the gateway's proxy`,
      ),
    ]
  const open = servers.filter(({ gateway }) => own.includes(gateway))
  const [first] = own
  if (open.length === 0)
    return [
      missOf(
        item,
        'spec.servers',
        `${first === undefined ? 'its gateway' : titleOf(first)} has no server on port ${String(port)}`,
        first,
      ),
    ]
  const admitted = open.filter(({ gateway, server }) =>
    serverHosts(server, gateway, item.namespace).some(host =>
      item.hosts.some(each => intersectHosts(host, each) !== undefined),
    ),
  )
  if (admitted.length === 0) return [explainHosts(item, open, text)]
  const [winner] = bound
  return winner === undefined
    ? [missOf(item, field, `host "${text}" is not what the servers of the gateway take for this request`)]
    : [
        missOf(
          item,
          field,
          `host "${text}" yields to the more specific host "${
            hostField(
              winner,
              hostIndex(
                winner,
                item.hosts.flatMap(() => winner.hosts),
              ) ?? 0,
            ).text
          }" of ${titleOf(winner)}, whose rules alone are asked`,
          winner,
        ),
      ]
}

/** `gateways` names another; mostly one of the same name whose namespace was left out. */
function explainGateways(mesh: Mesh, item: VirtualService, gateways: readonly Gateway[]): ConsideredRule {
  const written = textsOf(fieldsOf(item.object.spec)['gateways'])
  for (const [index, text] of written.entries()) {
    const meant = gateways.find(({ name }) => name === bareHost(text))
    if (meant === undefined || text === 'mesh') continue
    const field = `spec.gateways[${String(index)}]`
    const completed = text.includes('/') ? text : `${item.namespace}/${text}`
    const exists = mesh.gateways.some(gateway => keyOf(gateway) === completed)
    return missOf(
      item,
      field,
      `gateways names "${text}", which means ${completed}${exists ? '' : ' and does not exist'}; the gateway is ${keyOf(meant)}`,
      meant,
    )
  }
  const names = gateways.map(keyOf).join(' and ')
  return written.length === 0 || (written.length === 1 && written[0] === 'mesh')
    ? missOf(item, 'spec.gateways', `it is for the mesh, not for gateway ${names}`)
    : missOf(item, 'spec.gateways', `gateways names ${written.join(' and ')}, not ${names}`)
}

/** The server's hosts, which may admit some namespaces only. */
function explainHosts(item: VirtualService, open: readonly OpenServer[], text: string): ConsideredRule {
  for (const { gateway, server } of open)
    for (const [at, host] of server.hosts.entries()) {
      if (!host.includes('/') || !item.hosts.some(own => intersectHosts(bareHost(host), own) !== undefined))
        continue
      const admitted = host.slice(0, host.indexOf('/'))
      return missOf(
        item,
        `spec.servers[${String(server.index)}].hosts[${String(at)}]`,
        `"${host}" of ${titleOf(gateway)} admits VirtualServices of namespace ${admitted === '.' ? gateway.namespace : admitted} only, not ${item.namespace}`,
        gateway,
      )
    }
  const [first] = open
  return missOf(
    item,
    first === undefined ? 'spec.servers' : `spec.servers[${String(first.server.index)}].hosts`,
    `host "${text}" is none of the hosts of ${first === undefined ? 'the gateway' : titleOf(first.gateway)}`,
    first?.gateway,
  )
}
