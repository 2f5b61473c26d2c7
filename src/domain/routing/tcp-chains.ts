import { hostCovers } from '../mesh/host-name.ts'
import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import type { MeshService, Protocol, ServicePort } from '../mesh/service.ts'
import { portOf } from '../mesh/service.ts'
import type { ConnectionRule, VirtualService } from '../mesh/virtual-service.ts'
import { egressScope } from './egress-scope.ts'
import type { Caller } from './request.ts'

type ConnectionMatch = ConnectionRule['matches'][number]

/** Where one of a listener's filter chains sends connections: by a rule, or to the service itself. */
export interface ConnectionChain {
  /** Names in the TLS handshake; empty for any and for none. */
  readonly serverNames: readonly string[]
  readonly service: MeshService
  readonly rule?: { readonly virtualService: VirtualService; readonly rule: ConnectionRule }
}

const isTls = (protocol: Protocol): boolean => protocol === 'TLS' || protocol === 'HTTPS'

/** Whether the proxy listens at the service's own address: an address of the cluster, or one of each pod. */
export const hasOwnAddress = (service: MeshService): boolean =>
  service.kind === 'Service' || service.addresses.some(address => !address.includes('/'))

/**
 * The filter chains of the listener that a connection reaches: the service's own where it has an address, else the one
 * that all services of the port share, the oldest first. Undefined where nothing listens.
 * Source: `buildSidecarOutboundListeners` in istio's pilot/pkg/networking/core/listener.go.
 */
export function chainsFor(
  mesh: Mesh,
  caller: Caller,
  service: MeshService | undefined,
  port: number,
): readonly ConnectionChain[] | undefined {
  const scope = egressScope(mesh, caller, port)
  const own = service === undefined ? undefined : portOf(service, port)
  const isInScope = service !== undefined && scope.services.some(item => item.host === service.host)
  if (
    own !== undefined &&
    isInScope &&
    hasOwnAddress(service) &&
    !isDeclaredHttp(own.protocol) &&
    !scope.isForPort
  )
    return chainsOf(service, own, caller, scope.virtualServices, false)
  const sharing = scope.services.flatMap(item => {
    const found = portOf(item, port)
    return found === undefined || found.protocol === 'UDP' ? [] : [{ item, found }]
  })
  const shared = sharing.filter(
    ({ item, found }) => scope.isForPort || isDeclaredHttp(found.protocol) || !hasOwnAddress(item),
  )
  if (shared.length === 0) return undefined
  const chains = shared
    .filter(({ item, found }) => !isDeclaredHttp(found.protocol) && isReached(item, service))
    .flatMap(({ item, found }) => chainsOf(item, found, caller, scope.virtualServices, true))
  return chains
}

/** A range of addresses is only reached by who calls it. */
const isReached = (item: MeshService, called: MeshService | undefined): boolean =>
  item.addresses.length === 0 || item.host === called?.host

const isDeclaredHttp = (protocol: Protocol): boolean =>
  protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC'

function chainsOf(
  service: MeshService,
  { number, protocol }: ServicePort,
  caller: Caller,
  virtualServices: readonly VirtualService[],
  isShared: boolean,
): readonly ConnectionChain[] {
  const own = virtualServices.filter(item =>
    item.hosts.some(host => hostCovers(host, service.host) || hostCovers(service.host, host)),
  )
  return isTls(protocol)
    ? tlsChains(service, number, caller, own, isShared)
    : [tcpChain(service, number, caller, own)]
}

/**
 * A chain for each match of `tls` rules; the service's own only where there is none, with its name as the server name
 * where the listener is shared. Source: `buildSidecarOutboundTLSFilterChainOpts` in pilot/pkg/networking/core/tls.go.
 */
function tlsChains(
  service: MeshService,
  port: number,
  caller: Caller,
  virtualServices: readonly VirtualService[],
  isShared: boolean,
): readonly ConnectionChain[] {
  const chains = virtualServices.flatMap(virtualService =>
    virtualService.tls.flatMap(rule =>
      rule.matches
        .filter(match => isFor(match, caller, port))
        .map(match => ({ serverNames: match.sniHosts, service, rule: { virtualService, rule } })),
    ),
  )
  return chains.length > 0 ? chains : [{ serverNames: isShared ? [service.host] : [], service }]
}

/** The first `tcp` rule for the caller and port. Source: `buildSidecarOutboundTCPFilterChainOpts` in the same file. */
function tcpChain(
  service: MeshService,
  port: number,
  caller: Caller,
  virtualServices: readonly VirtualService[],
): ConnectionChain {
  for (const virtualService of virtualServices)
    for (const rule of virtualService.tcp)
      if (rule.matches.length === 0 || rule.matches.some(match => isFor(match, caller, port)))
        return { serverNames: [], service, rule: { virtualService, rule } }
  return { serverNames: [], service }
}

const isFor = (match: ConnectionMatch, { labels, namespace }: Caller, port: number): boolean =>
  explainConnectionAbsence(match, labels, namespace, port) === undefined

/** Why istiod leaves a match out of a sidecar's listeners; undefined where it does not. */
export function explainConnectionAbsence(
  match: ConnectionMatch,
  labels: Readonly<Record<string, string>>,
  namespace: string,
  port: number,
): string | undefined {
  if (match.port !== undefined && match.port !== port)
    return `it is for port ${String(match.port)}, not ${String(port)}`
  if (match.gateways.length > 0 && !match.gateways.includes('mesh'))
    return `it is for ${match.gateways.join(' and ')}, not for the mesh`
  if (match.sourceNamespace !== undefined && match.sourceNamespace !== namespace)
    return `it is for callers in ${match.sourceNamespace}, not ${namespace}`
  return selects(match.sourceLabels, labels) ? undefined : "the caller's labels are others"
}

/** The chain for a server name: an exact one, the longest wildcard, else one for any. */
export function chooseByServerName(
  chains: readonly ConnectionChain[],
  serverName: string | undefined,
): ConnectionChain | undefined {
  const open = chains.find(chain => chain.serverNames.length === 0)
  if (serverName === undefined) return open
  let best: { readonly chain: ConnectionChain; readonly length: number } | undefined
  for (const chain of chains)
    for (const name of chain.serverNames) {
      if (name === serverName) return chain
      if (hostCovers(name, serverName) && name.length > (best?.length ?? 0))
        best = { chain, length: name.length }
    }
  return best?.chain ?? open
}
