import { hostToFind } from '../../istio/address.ts'
import { namesFor } from '../../istio/aliases.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import type { Decision } from '../decision.ts'
import { wholeService } from './destinations.ts'
import { reject } from '../route/follow-rules.ts'
import type { RoutingRequest } from '../request.ts'
import { domainsOf, HostTable } from '../route/virtual-hosts.ts'

/** The Services by the names that the cluster's DNS has for them, whomever they are exported to. */
const dnsTable = memoizeByKey(
  (namespace: string) => namespace,
  (mesh: Mesh, namespace: string): HostTable<MeshService> => {
    const table = new HostTable<MeshService>()
    for (const service of mesh.services)
      for (const one of [service, ...namesFor(mesh, service.host)])
        for (const domain of domainsOf(one, namespace, mesh.clusterDomain)) table.add(domain, service)
    return table
  },
)

/**
 * A caller without a proxy reaches whatever the cluster's DNS names, with its request as it is; no rule, export or
 * setting of the mesh is asked before the destination's own proxy.
 */
export function sendPlainly(mesh: Mesh, request: RoutingRequest): Decision {
  const { host, path, headers, port, from } = request
  const service = dnsTable(mesh, from.namespace).find(hostToFind(host))
  const common = { unknown: [], considered: [], mirrors: [], request: { host, path, headers } }
  if (service === undefined)
    return {
      ...common,
      outcome: 'forwarded',
      destinations: [{ host, port, weight: 100, cluster: 'PassthroughCluster' }],
    }
  if (portOf(service, port) === undefined) return { ...common, ...reject(request, 'no-listener') }
  return { ...common, outcome: 'forwarded', destinations: [wholeService(service, port)] }
}
