import { canonicalAddress } from '../../istio/address.ts'
import { hostCovers, isWildcard, mostSpecific } from '../../istio/host-name.ts'
import { memoize, memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService, ServicePort } from '../../istio/service.ts'
import { isHttp, portOf } from '../../istio/service.ts'
import { hasCapitals, type VirtualService } from '../../istio/virtual-service.ts'
import type { Forwardings } from './apply-rule.ts'
import { egressScope } from '../listener/egress-scope.ts'
import type { CompiledRule } from './rules.ts'
import { isPresent, rulesOf } from './rules.ts'
import type { Caller } from '../request.ts'

/** Who answers for a name: a VirtualService with its rules, or a service alone. */
export interface VirtualHost {
  readonly domain: string
  readonly service?: MeshService
  readonly virtualService?: VirtualService
  readonly rules: readonly CompiledRule[]
}

/** Finds the virtual host of a name as Envoy does: exact, then the longest wildcard. */
export class HostTable<T> {
  readonly #exact = new Map<string, T>()
  readonly #wildcards: [string, T][] = []

  /** Adds an entry unless the domain is taken, as istiod drops the duplicates of a proxy's domains. */
  add(domain: string, entry: T): void {
    if (this.get(domain) !== undefined) return
    if (!isWildcard(domain)) this.#exact.set(domain, entry)
    else {
      this.#wildcards.push([domain, entry])
      this.#wildcards.sort(([one], [other]) => other.length - one.length)
    }
  }

  /** The entry of exactly this domain. */
  get(domain: string): T | undefined {
    return isWildcard(domain) ? this.#wildcards.find(([own]) => own === domain)?.[1] : this.#exact.get(domain)
  }

  find(host: string): T | undefined {
    return this.#exact.get(host) ?? this.#wildcards.find(([domain]) => hostCovers(domain, host))?.[1]
  }
}

export interface SidecarTable {
  readonly hosts: HostTable<readonly VirtualHost[]>
  /** The hosts of services that the proxy listens for at their own address. */
  readonly ownListeners: ReadonlySet<string>
  /** Whether any service has the port without a listener of its own, so that the proxy listens on it for HTTP. */
  readonly hasListener: boolean
  /** Whether a Sidecar's listener for the port reads all of it as HTTP, whatever the services say of their ports. */
  readonly readsAll: boolean
  /** Whether a service listens for a range of addresses, which comes before HTTP. */
  readonly hasRanges: boolean
  readonly forwardings: Forwardings
  /** By the name that a request asks for, as far as it was asked for. */
  readonly answering: Map<string, Answering>
}

/** Who answers for a name at a port, for one caller. */
export interface Answering {
  readonly service: MeshService | undefined
  readonly port: ServicePort | undefined
  readonly virtualHost: VirtualHost | undefined
}

/**
 * The virtual hosts of a workload's proxy for a port. Each domain has candidates in order: a VirtualService of
 * which no rule is for this caller is left out by istiod, and the next answers.
 */
export function sidecarTable(mesh: Mesh, caller: Caller, port: number): SidecarTable {
  const tables = tablesOf(mesh)
  // Callers come again: to find one by itself costs a tenth of making its key.
  const last = tables.get(caller)
  if (last?.port === port) return last.table
  const table = tableByKey(mesh, caller, port)
  tables.set(caller, { port, table })
  return table
}

const tablesOf = memoize((_mesh: Mesh) => new WeakMap<Caller, { port: number; table: SidecarTable }>())

const tableByKey = memoizeByKey(
  ({ namespace, labels }: Caller, port: number) => `${namespace} ${String(port)} ${JSON.stringify(labels)}`,
  (mesh: Mesh, caller: Caller, port: number): SidecarTable => buildTable(mesh, caller, port),
)

/** Follows istiod's `BuildSidecarVirtualHostWrapper` (pilot/pkg/networking/core/route/route.go). */
function buildTable(mesh: Mesh, caller: Caller, port: number): SidecarTable {
  const { namespace } = caller
  const scope = egressScope(mesh, caller, port)
  // Of services that share a host and a namespace, the last that has the port counts.
  const byHost = new Map<string, MeshService>()
  for (const service of scope.services)
    if (portOf(service, port) !== undefined) byHost.set(service.host, service)
  const isHttpHere = (service: MeshService): boolean => {
    const own = portOf(service, port)
    return own !== undefined && isHttp(own.protocol)
  }
  // Aliases have no listener and no host of their own, unless a rule is for them.
  for (const alias of scope.aliases)
    if (portOf(alias, port) !== undefined && !byHost.has(alias.host)) byHost.set(alias.host, alias)
  const services = [...byHost.values()]
  const claims = claimServices(services, scope.virtualServices)

  const lists = new Map<string, VirtualHost[]>()
  const add = (domain: string, host: VirtualHost): void => {
    const list = lists.get(domain)
    if (list === undefined) lists.set(domain, [host])
    else list.push(host)
  }
  const addService = (service: MeshService, host: Omit<VirtualHost, 'domain'>): void => {
    for (const domain of domainsOf(service, namespace, mesh.clusterDomain))
      if (domain === service.host || !byHost.has(domain)) add(domain, { ...host, domain })
    for (const alias of scope.namesOf(service))
      for (const domain of domainsOf(alias, namespace, mesh.clusterDomain)) add(domain, { ...host, domain })
  }
  for (const virtualService of scope.virtualServices) {
    if (virtualService.http.length === 0 || !isHeededBy(virtualService, namespace, byHost)) continue
    const rules = rulesOf(mesh, virtualService)
    const claimed: MeshService[] = []
    const others: string[] = []
    for (const host of virtualService.hosts) {
      const found = isWildcard(host)
        ? services.filter(service => hostCovers(host, service.host) || hostCovers(service.host, host))
        : [byHost.get(host)].filter(service => service !== undefined)
      claimed.push(
        ...found.filter(service => !isWildcard(host) || claims.get(service.host) === virtualService),
      )
      if (found.length === 0) others.push(host)
    }
    const web = claimed.filter(isHttpHere)
    // A host that is no service has no port of its own: istiod puts it on the services' ports, else on 80.
    if (web.length > 0 || port === 80)
      for (const domain of others) add(domain, { domain, virtualService, rules })
    for (const service of web) addService(service, { service, virtualService, rules })
  }
  for (const service of services)
    if (isHttpHere(service) && service.aliasFor === undefined) addService(service, { service, rules: [] })

  const hosts = new HostTable<readonly VirtualHost[]>()
  for (const [domain, list] of lists) hosts.add(domain, list)
  // All of them listen, also those whose host another answers for.
  const general = scope.isForPort ? scope.otherServices : scope.services
  const isShared = (service: MeshService): boolean => isHttpHere(service) && !hasOwnListener(service, port)
  return {
    hosts,
    ownListeners: new Set(general.filter(service => hasOwnListener(service, port)).map(({ host }) => host)),
    hasListener:
      general.some(isShared) ||
      (scope.isForPort &&
        services.some(item => item.aliasFor === undefined && (scope.isForHttp || isHttpHere(item)))),
    readsAll: scope.isForHttp && services.some(item => item.aliasFor === undefined),
    hasRanges: general.some(service => service.addresses.some(address => address.includes('/'))),
    forwardings: new Map(),
    answering: new Map(),
  }
}

/**
 * A route of the Gateway API counts for a service of the mesh, for all callers where it is in the service's
 * namespace, else for those in its own. Source: https://gateway-api.sigs.k8s.io/mesh/#namespace-boundaries
 */
const isHeededBy = (
  { isGatewayApi, hosts, namespace: own }: VirtualService,
  namespace: string,
  byHost: ReadonlyMap<string, MeshService>,
): boolean =>
  isGatewayApi !== true ||
  hosts.some(host => {
    const service = byHost.get(host)
    return service !== undefined && (own === namespace || own === service.namespace)
  })

/** Whether the proxy listens for a service at its own address: where the protocol must be detected first. */
const hasOwnListener = (service: MeshService, port: number): boolean =>
  portOf(service, port)?.protocol === 'detected' && service.addresses.some(address => !address.includes('/'))

/** The VirtualService whose host says most about each service: the one that a wildcard host yields to. */
function claimServices(
  services: readonly MeshService[],
  virtualServices: readonly VirtualService[],
): ReadonlyMap<string, VirtualService> {
  const byName = new Map<string, VirtualService>()
  for (const item of virtualServices)
    for (const [index, host] of item.hosts.entries())
      if (!byName.has(host) && !hasCapitals(item, index)) byName.set(host, item)
  const claims = new Map<string, VirtualService>()
  for (const { host } of services) {
    const found = mostSpecific(host, byName)
    if (found !== undefined) claims.set(host, found)
  }
  return claims
}

/**
 * The names by which a caller in a namespace may call a service.
 * Source: `generateVirtualHostDomains` in istio's pilot/pkg/networking/core/httproute.go.
 */
export function domainsOf(service: MeshService, namespace: string, clusterDomain: string): readonly string[] {
  const names = [service.host, `${service.host}.`]
  const end = service.host.indexOf('.svc.')
  const dot = service.host.indexOf('.')
  if (service.host.endsWith(`.svc.${clusterDomain}`) && dot < end) {
    const qualified = service.host.slice(0, end)
    if (service.host.slice(dot + 1, end) === namespace) names.push(service.host.slice(0, dot))
    names.push(qualified, `${qualified}.svc`)
  }
  // Each pod behind a headless Service has a name of its own.
  if (service.kind === 'Service' && service.isHeadless) names.push(...names.map(name => `*.${name}`))
  return [...names, ...service.addresses.filter(address => !address.includes('/')).map(canonicalAddress)]
}

/** The candidate that istiod gives this caller's proxy: a service alone, or the first with a rule for the caller. */
export function chooseVirtualHost(
  candidates: readonly VirtualHost[],
  caller: Caller,
  port: number,
): VirtualHost | undefined {
  return candidates.find(
    candidate =>
      candidate.virtualService === undefined ||
      candidate.rules.some(rule => isPresent(rule, caller, 'mesh', port)),
  )
}
