import { hostCovers, isWildcard, mostSpecific } from '../mesh/host-name.ts'
import { memoizeByKey } from '../mesh/memoize.ts'
import type { Mesh } from '../mesh/mesh.ts'
import type { MeshService } from '../mesh/service.ts'
import { isHttp, portOf } from '../mesh/service.ts'
import type { VirtualService } from '../mesh/virtual-service.ts'
import { admitsHost, isExportedTo, sidecarOf, visibleServices } from '../mesh/visibility.ts'
import type { CompiledRule } from './rules.ts'
import { explainAbsence, rulesOf } from './rules.ts'
import type { Caller } from './request.ts'

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

/**
 * The VirtualServices that a namespace's sidecars or a gateway there get, in Istio's order: private ones, those
 * exported to the namespace by name, then public ones; oldest first in each.
 */
export const visibleVirtualServices = memoizeByKey(
  (namespace: string, gateway: string) => `${namespace} ${gateway}`,
  (mesh: Mesh, namespace: string, gateway: string): readonly VirtualService[] => {
    const rank = ({ exportTo, namespace: own }: VirtualService): number => {
      if (exportTo.length === 0 || exportTo.includes('*')) return 2
      return own === namespace && (exportTo.includes('.') || exportTo.includes(namespace)) ? 0 : 1
    }
    return mesh.virtualServices
      .filter(
        item =>
          item.gateways.includes(gateway) &&
          item.hosts.length > 0 &&
          isExportedTo(item.exportTo, item.namespace, namespace),
      )
      .sort((one, other) => rank(one) - rank(other))
  },
)

export interface SidecarTable {
  readonly hosts: HostTable<readonly VirtualHost[]>
  /** Whether any service has the port, so that the proxy listens on it for HTTP. */
  readonly hasListener: boolean
}

/**
 * The virtual hosts of a workload's proxy for a port. Each domain has candidates in order: a VirtualService of
 * which no rule is for this caller is left out by istiod, and the next answers.
 */
export function sidecarTable(mesh: Mesh, caller: Caller, port: number): SidecarTable {
  const sidecar = sidecarOf(mesh, caller.namespace, caller.labels)
  return rememberedTable(
    mesh,
    caller,
    port,
    sidecar === undefined ? '' : `${sidecar.namespace}/${sidecar.name}`,
  )
}

const rememberedTable = memoizeByKey(
  (caller: Caller, port: number, sidecar: string) => `${caller.namespace} ${String(port)} ${sidecar}`,
  (mesh: Mesh, caller: Caller, port: number): SidecarTable => buildTable(mesh, caller, port),
)

/** Follows istiod's `BuildSidecarVirtualHostWrapper` (pilot/pkg/networking/core/route/route.go). */
function buildTable(mesh: Mesh, caller: Caller, port: number): SidecarTable {
  const { namespace } = caller
  const sidecar = sidecarOf(mesh, namespace, caller.labels)
  const services = [...visibleServices(mesh, namespace).values()].filter(service => {
    const own = portOf(service, port)
    return (
      own !== undefined && isHttp(own.protocol) && admitsHost(sidecar, service.namespace, service.host, port)
    )
  })
  const byHost = new Map(services.map(service => [service.host, service]))
  const candidates = visibleVirtualServices(mesh, namespace, 'mesh').filter(
    item => item.http.length > 0 && item.hosts.some(host => admitsHost(sidecar, item.namespace, host, port)),
  )
  // The VirtualService whose host says most about a service is the one that a wildcard host yields to.
  const claims = new Map<string, VirtualService>()
  for (const item of candidates) for (const host of item.hosts) if (!claims.has(host)) claims.set(host, item)

  const lists = new Map<string, VirtualHost[]>()
  const add = (domain: string, host: VirtualHost): void => {
    const list = lists.get(domain)
    if (list === undefined) lists.set(domain, [host])
    else list.push(host)
  }
  for (const virtualService of candidates) {
    const rules = rulesOf(mesh, virtualService)
    const claimed: MeshService[] = []
    const others: string[] = []
    for (const host of virtualService.hosts) {
      const found = isWildcard(host)
        ? services.filter(service => hostCovers(host, service.host))
        : [byHost.get(host)].filter(service => service !== undefined)
      claimed.push(
        ...found.filter(
          service => !isWildcard(host) || mostSpecific(service.host, claims) === virtualService,
        ),
      )
      if (found.length === 0) others.push(host)
    }
    for (const service of claimed)
      for (const domain of domainsOf(service, namespace, mesh.clusterDomain))
        add(domain, { domain, service, virtualService, rules })
    // A host that is no service has no port of its own: istiod puts it on the services' ports, else on 80.
    if (claimed.length > 0 || port === 80)
      for (const domain of others) add(domain, { domain, virtualService, rules })
  }
  for (const service of services)
    for (const domain of domainsOf(service, namespace, mesh.clusterDomain))
      add(domain, { domain, service, rules: [] })

  const hosts = new HostTable<readonly VirtualHost[]>()
  for (const [domain, list] of lists) hosts.add(domain, list)
  return { hosts, hasListener: services.length > 0 }
}

/** The names by which a caller in a namespace may call a service. */
export function domainsOf(service: MeshService, namespace: string, clusterDomain: string): readonly string[] {
  const suffix = `.${service.namespace}.svc.${clusterDomain}`
  if (service.kind !== 'Service' || !service.host.endsWith(suffix))
    return [service.host, ...service.addresses.filter(address => !address.includes('/'))]
  const { name } = service
  const qualified = `${name}.${service.namespace}`
  return [
    service.host,
    ...(service.namespace === namespace ? [name] : []),
    qualified,
    `${qualified}.svc`,
    ...service.addresses,
  ]
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
      candidate.rules.some(rule => explainAbsence(rule.matches, caller, 'mesh', port) === undefined),
  )
}
