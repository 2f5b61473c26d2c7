import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshService, Protocol, ServicePort } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import type { ConnectionRule, VirtualService } from '../../istio/virtual-service.ts'
import { isInBlock } from '../policy/value-match.ts'
import { egressScope } from './egress-scope.ts'
import type { Caller } from '../request.ts'

type ConnectionMatch = ConnectionRule['matches'][number]

/** Where one of a listener's filter chains sends connections: by a rule, or to the service itself. */
export interface ConnectionChain {
  /** Names in the TLS handshake; empty for any and for none. */
  readonly serverNames: readonly string[]
  /** Addresses or ranges that the connection goes to, where a rule names them. */
  readonly subnets: readonly string[]
  readonly service: MeshService
  /** Whether bytes that are no TLS do not come to it, as the listener's chain for HTTP is asked alone. */
  readonly isForTlsOnly?: boolean
  readonly rule?: { readonly virtualService: VirtualService; readonly rule: ConnectionRule }
}

/** Whether the application itself speaks TLS on a port. */
export const isTls = (protocol: Protocol): boolean => protocol === 'TLS' || protocol === 'HTTPS'

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
  address?: string,
): readonly ConnectionChain[] | undefined {
  const scope = egressScope(mesh, caller, port)
  const own = service === undefined ? undefined : portOf(service, port)
  const isInScope = service !== undefined && scope.services.some(item => item.host === service.host)
  if (
    own !== undefined &&
    isInScope &&
    isAtOwnAddress(service, address) &&
    !isDeclaredHttp(own.protocol) &&
    !scope.isForPort
  )
    return chainsOf(service, own, caller, scope.virtualServices, false, [])
  const sharing = scope.services.flatMap(item => {
    const found = portOf(item, port)
    return found === undefined ? [] : [{ item, found }]
  })
  const shared = sharing.filter(
    ({ item, found }) =>
      scope.isForPort || isDeclaredHttp(found.protocol) || !hasOwnAddress(item) || hasRange(item),
  )
  if (shared.length === 0) return undefined
  const hasHttp = shared.some(({ found }) => isDeclaredHttp(found.protocol))
  return shared
    .filter(({ found }) => !isDeclaredHttp(found.protocol))
    .flatMap(({ item, found }) => {
      const chains = chainsOf(item, found, caller, scope.virtualServices, true, rangesOf(item))
      return hasHttp && isForAnyAddress(item)
        ? chains.map(chain => ({ ...chain, isForTlsOnly: chain.subnets.length === 0 }))
        : chains
    })
}

const hasRange = ({ addresses }: MeshService): boolean => addresses.some(address => address.includes('/'))

/** istiod 1.31 makes a chain for any address, beside the one for what no chain takes. */
const isForAnyAddress = ({ addresses }: MeshService): boolean => addresses.includes('0.0.0.0/0')

/** Addresses of a ServiceEntry that are ranges: those that the shared listener tells apart. */
const rangesOf = (service: MeshService): readonly string[] =>
  isForAnyAddress(service) ? [] : service.addresses.filter(address => address.includes('/'))

/** Whether a connection to a service goes to the listener at its own address. */
function isAtOwnAddress(service: MeshService, address: string | undefined): boolean {
  if (!hasOwnAddress(service)) return false
  if (address === undefined || service.kind === 'Service') return true
  return service.addresses.some(own => !own.includes('/') && isInBlock(own, address))
}

const isDeclaredHttp = (protocol: Protocol): boolean =>
  protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC'

function chainsOf(
  service: MeshService,
  { number, protocol }: ServicePort,
  caller: Caller,
  virtualServices: readonly VirtualService[],
  isShared: boolean,
  ranges: readonly string[],
): readonly ConnectionChain[] {
  const own = virtualServices.filter(item =>
    item.hosts.some(host => hostCovers(host, service.host) || hostCovers(service.host, host)),
  )
  const chains = isTls(protocol)
    ? tlsChains(service, number, caller, own, isShared)
    : tcpChains(service, number, caller, own)
  // What a rule says of addresses takes the place of the service's own.
  return ranges.length === 0
    ? chains
    : chains.map(chain => (chain.subnets.length > 0 ? chain : { ...chain, subnets: ranges }))
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
  const chains: ConnectionChain[] = []
  // istiod 1.31 keeps the addresses of a match for all that follow it and name none.
  let subnets: readonly string[] = []
  for (const virtualService of virtualServices)
    for (const rule of virtualService.tls)
      for (const match of rule.matches.filter(item => isFor(item, caller, port))) {
        if (match.destinationSubnets !== undefined && match.destinationSubnets.length > 0)
          subnets = match.destinationSubnets
        chains.push({ serverNames: match.sniHosts, subnets, service, rule: { virtualService, rule } })
      }
  return chains.length > 0 ? chains : [{ serverNames: isShared ? [service.host] : [], subnets: [], service }]
}

/**
 * The `tcp` rules for the caller and port up to the first that asks for no address, else the service itself after them.
 * Source: `buildSidecarOutboundTCPFilterChainOpts` in the same file.
 */
function tcpChains(
  service: MeshService,
  port: number,
  caller: Caller,
  virtualServices: readonly VirtualService[],
): readonly ConnectionChain[] {
  const chains: ConnectionChain[] = []
  for (const virtualService of virtualServices)
    for (const rule of virtualService.tcp) {
      const own = rule.matches.filter(match => isFor(match, caller, port))
      if (rule.matches.length > 0 && own.length === 0) continue
      const isOpen = own.length === 0 || own.some(match => (match.destinationSubnets ?? []).length === 0)
      const subnets = isOpen ? [] : own.flatMap(match => match.destinationSubnets ?? [])
      chains.push({ serverNames: [], subnets, service, rule: { virtualService, rule } })
      if (isOpen) return chains
    }
  return [...chains, { serverNames: [], subnets: [], service }]
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

/**
 * The chain for an address and a server name. Envoy looks at the address first and does not go back to wider ones, but to
 * the listener's default chain, which istiod makes of the one that asks for nothing.
 */
export function chooseChain(
  chains: readonly ConnectionChain[],
  address: string | undefined,
  serverName: string | undefined,
): ConnectionChain | undefined {
  const open = chains.filter(({ subnets }) => subnets.length === 0)
  if (address === undefined || open.length === chains.length) return chooseByServerName(open, serverName)
  let [narrowest, size]: [ConnectionChain[], number] = [[], -1]
  for (const chain of chains) {
    const own = Math.max(-1, ...chain.subnets.filter(subnet => isInBlock(subnet, address)).map(prefixOf))
    if (own > size) [narrowest, size] = [[chain], own]
    else if (own === size && own >= 0) narrowest.push(chain)
  }
  return (
    chooseByServerName(size < 0 ? open : narrowest, serverName) ??
    open.find(chain => chain.serverNames.length === 0 && !isForAnyAddress(chain.service))
  )
}

/** How many bits of an address a range fixes; an address alone fixes all. */
const prefixOf = (subnet: string): number => {
  const length = subnet.split('/')[1]
  return length === undefined ? 128 : subnet.includes(':') ? Number(length) : Number(length) + 96
}

/** An exact name, the longest wildcard, else a chain for any. */
function chooseByServerName(
  chains: readonly ConnectionChain[],
  serverName: string | undefined,
): ConnectionChain | undefined {
  const open = chains.find(
    chain => chain.serverNames.length === 0 && (serverName !== undefined || chain.isForTlsOnly !== true),
  )
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
