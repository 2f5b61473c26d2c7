import { readAddress } from '../../istio/address.ts'
import { namesFor } from '../../istio/aliases.ts'
import { hostCovers } from '../../istio/host-name.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import type { ConnectionRule, VirtualService } from '../../istio/virtual-service.ts'
import { sidecarOf, visibleServices } from '../../istio/visibility.ts'
import { isInBlock } from '../policy/value-match.ts'
import type { Verdict } from '../route/apply-rule.ts'
import type { ConsideredRule, Decision } from '../decision.ts'
import { blackHole, clusterName, hasCluster, resolveTarget, wholeService } from '../endpoint/destinations.ts'
import { egressScope } from './egress-scope.ts'
import { explainConnectionRules } from './explain-connection.ts'
import type { Resolution } from '../route/follow-rules.ts'
import { reject } from '../route/follow-rules.ts'
import type { Caller, RoutingRequest } from '../request.ts'
import { HostTable, domainsOf } from '../route/virtual-hosts.ts'
import type { ConnectionChain } from './tcp-chains.ts'
import { chainsFor, chooseChain, explainConnectionAbsence, isTls } from './tcp-chains.ts'

const nameTable = memoizeByKey(
  (namespace: string) => namespace,
  (mesh: Mesh, namespace: string): HostTable<MeshService> => {
    const table = new HostTable<MeshService>()
    for (const service of visibleServices(mesh, namespace).values())
      for (const domain of domainsOf(service, namespace, mesh.clusterDomain)) table.add(domain, service)
    // Other names come after a host's own.
    for (const service of visibleServices(mesh, namespace).values())
      for (const alias of namesFor(mesh, service.host))
        for (const domain of domainsOf(alias, namespace, mesh.clusterDomain)) table.add(domain, service)
    return table
  },
)

/** The service that a caller means by a name. */
export const findService = (mesh: Mesh, caller: Caller, host: string): MeshService | undefined =>
  nameTable(mesh, caller.namespace).find(host)

/**
 * A connection that the caller's proxy does not read: TCP, or TLS that the application speaks itself. `tls` rules
 * look at the server's name, `tcp` rules at nothing of the request. What no filter chain takes passes as it is, or
 * ends where only known hosts may be called.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#TLSRoute
 */
export function connectOpaquely(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService | undefined,
): Resolution {
  const address = addressOf(request.host, service)
  const chains = chainsFor(mesh, request.from, service, request.port, address)
  const chain = chooseChain(chains ?? [], address, serverNameOf(request))
  const hidden = address === undefined ? (chains ?? []).filter(({ subnets }) => subnets.length > 0) : []
  return {
    verdict: followChain(mesh, request, service, chain, chains !== undefined),
    rules: [],
    explainConnection: () => explainChoice(mesh, request, service, chain, address),
    unknown: hidden.map(({ rule, service: { kind, namespace, name }, subnets }) =>
      rule === undefined
        ? `the address of ${request.host}: ${kind} ${namespace}/${name} takes ${subnets.join(' and ')}`
        : `the address of ${request.host}: a rule of ${rule.virtualService.kind} ${rule.virtualService.namespace}/${rule.virtualService.name} is for ${subnets.join(' and ')}`,
    ),
  }
}

/** The address that a connection goes to: the host's own where it is one, else the service's. */
function addressOf(host: string, service: MeshService | undefined): string | undefined {
  const written = host.replace(/^(\[[^\]]*\]|[^:]*):\d+$/, '$1')
  if (readAddress(written) !== undefined) return written.replace(/^\[|\]$/g, '')
  // A name of a range means some address in it.
  return service?.addresses[0]?.replace(/\/\d+$/, '')
}

/** Whether a connection's address is in a range of which a listener takes all bytes, before it looks for requests. */
export function isTakenByRange(
  mesh: Mesh,
  { from, host, port }: RoutingRequest,
  service: MeshService | undefined,
): boolean {
  const address = addressOf(host, service)
  if (address === undefined) return false
  const chains = chainsFor(mesh, from, service, port, address) ?? []
  return chains.some(({ subnets }) => subnets.some(subnet => isInBlock(subnet, address)))
}

/** The ranges that would take the bytes of a request for a name of which only the caller's DNS knows the address. */
export function unknownRanges(
  mesh: Mesh,
  { from, host, port }: RoutingRequest,
  service: MeshService | undefined,
): readonly string[] {
  if (addressOf(host, service) !== undefined) return []
  return (chainsFor(mesh, from, service, port) ?? [])
    .filter(({ subnets }) => subnets.length > 0)
    .map(
      ({ service: { kind, namespace, name }, subnets }) =>
        `the address of ${host}: ${kind} ${namespace}/${name} takes ${subnets.join(' and ')}`,
    )
}

/** Why each rule for the service did or did not take the connection. */
function explainChoice(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService | undefined,
  chain: ConnectionChain | undefined,
  address: string | undefined,
): readonly ConsideredRule[] {
  const { from, port } = request
  const called = service ?? chain?.service
  const protocol = called === undefined ? undefined : portOf(called, port)?.protocol
  const name = serverNameOf(request)
  return egressScope(mesh, from, port)
    .virtualServices.filter(({ hosts }) =>
      hosts.some(host =>
        [called?.host, name].some(
          own => own !== undefined && (hostCovers(host, own) || hostCovers(own, host)),
        ),
      ),
    )
    .flatMap(virtualService =>
      explainConnectionRules(virtualService, name, chain?.rule?.rule, (isTlsRule, match) => {
        if (protocol !== undefined && isTls(protocol) !== isTlsRule)
          return isTlsRule
            ? `tls rules are for ports of TLS, and port ${String(port)} is ${protocol}`
            : `tcp rules are not for ports of TLS, and port ${String(port)} is ${protocol}`
        if (match === undefined) return undefined
        const absence = explainConnectionAbsence(match, from.labels, from.namespace, port)
        if (absence !== undefined) return absence
        const { destinationSubnets: subnets = [] } = match
        if (subnets.length === 0) return undefined
        if (address === undefined)
          return `the connection's address is not known, only that of ${subnets.join(' or ')} counts`
        return subnets.some(subnet => isInBlock(subnet, address))
          ? undefined
          : `the connection's address is ${address}, not in ${subnets.join(' or ')}`
      }),
    )
}

/** What a filter chain does with a connection, or what becomes of it where none takes it. */
function followChain(
  mesh: Mesh,
  request: RoutingRequest,
  service: MeshService | undefined,
  chain: ConnectionChain | undefined,
  hasListener: boolean,
): Verdict {
  const { from, port } = request
  if (chain?.rule !== undefined) return connect(mesh, request, chain.rule.virtualService, chain.rule.rule)
  const asIs = { host: request.host, path: request.path, headers: request.headers }
  if (chain !== undefined)
    return {
      outcome: 'forwarded',
      destinations: [wholeService(chain.service, port)],
      mirrors: [],
      request: asIs,
    }
  if (service?.kind === 'Service' && portOf(service, port) === undefined && !hasListener)
    return reject(request, 'no-listener')
  const policy =
    sidecarOf(mesh, from.namespace, from.labels)?.outboundTrafficPolicy ?? mesh.outboundTrafficPolicy
  if (policy === 'REGISTRY_ONLY')
    return {
      ...reject(request, hasListener ? 'no-filter-chain' : 'no-listener'),
      destinations: [blackHole(request)],
    }
  return {
    outcome: 'forwarded',
    destinations: [{ host: request.host, port, weight: 100, cluster: 'PassthroughCluster' }],
    mirrors: [],
    request: asIs,
  }
}

/** Whether a listener for bytes takes a connection that no listener for HTTP is there for. */
export const isListenedFor = (
  mesh: Mesh,
  { from, host, port }: RoutingRequest,
  service: MeshService | undefined,
): boolean => chainsFor(mesh, from, service, port, addressOf(host, service)) !== undefined

/** The name in the TLS handshake; what is not TLS has none. */
export const serverNameOf = ({ tls, sni, host }: RoutingRequest): string | undefined =>
  tls === 'none' ? undefined : (sni ?? host).toLowerCase().replace(/^(\[[^\]]*\]|[^:]*):\d+$/, '$1')

interface FoundRule {
  readonly virtualService: VirtualService
  readonly rule: ConnectionRule
  /** The names that the match asks for; empty for `tcp` rules. */
  readonly serverNames: readonly string[]
}

/**
 * The rules of a VirtualService that take a gateway's connections: `tls` rules, one entry for each match, or `tcp`
 * rules. Of a match only the names, the port and the gateways count there.
 * Source: `l4SingleMatch` and `buildGatewayNetworkFiltersFromTLSRoutes` in istio's pilot/pkg/networking/core/gateway.go.
 */
export function connectionRules(
  virtualService: VirtualService,
  isTls: boolean,
  gateway: string,
  port: number,
): readonly FoundRule[] {
  const isFor = (match: ConnectionRule['matches'][number]): boolean =>
    (match.port === undefined || match.port === port) &&
    (match.gateways.length === 0 || match.gateways.includes(gateway))
  if (!isTls)
    return virtualService.tcp
      .filter(({ matches }) => matches.length === 0 || matches.some(isFor))
      .map(rule => ({ virtualService, rule, serverNames: [] }))
  return virtualService.tls.flatMap(rule =>
    rule.matches.filter(isFor).map(match => ({ virtualService, rule, serverNames: match.sniHosts })),
  )
}

/**
 * The service that the server's name itself says, as proxies of other clusters write it; nothing but Istio's mutual TLS
 * is let through. Undefined where the name is of no service that the server's hosts cover.
 * Source: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
 */
export function passAutomatically(
  mesh: Mesh,
  request: RoutingRequest,
  name: string,
  hosts: readonly string[],
): Verdict | undefined {
  const [, port, subset, host] = /^outbound_\.(\d+)_\.(.*?)_\.(.+)$/.exec(name) ?? []
  if (host === undefined || !hosts.some(pattern => hostCovers(pattern, host))) return undefined
  const destination = {
    host,
    port: Number(port),
    ...(subset === undefined || subset === '' ? {} : { subset }),
  }
  if (!hasCluster(mesh, request.from, { ...destination, cluster: name })) return undefined
  if (request.tls !== 'istio') return reject(request, 'no-filter-chain')
  return {
    outcome: 'forwarded',
    destinations: [{ ...destination, weight: 100, cluster: name }],
    mirrors: [],
    request: { host: request.host, path: request.path, headers: request.headers },
  }
}

/** What a connection rule does: weighted destinations, no changes to what flows. */
export function connect(
  mesh: Mesh,
  request: RoutingRequest,
  { kind, namespace, name }: VirtualService,
  rule: ConnectionRule,
): Verdict {
  const weighted = rule.targets.filter(target => target.weight > 0)
  const services = visibleServices(mesh, request.from.namespace)
  const destinations = (weighted.length > 0 ? weighted : rule.targets).map(
    (target): Decision['destinations'][number] => {
      const { port: listened, ...destination } = resolveTarget(mesh, request.from, target, request.port)
      // Unlike with HTTP, a service's only port comes before the listener's at a sidecar too.
      const only = services.get(target.host)?.ports
      const port = target.port ?? (only?.length === 1 ? only[0]?.number : undefined) ?? listened
      return {
        ...destination,
        port,
        weight: target.weight,
        // What istiod calls a backend of the Gateway API that may not be used.
        cluster: target.host === '' ? 'UnknownService' : clusterName(port, target.subset, target.host),
      }
    },
  )
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
