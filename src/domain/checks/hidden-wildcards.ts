import { hostCovers, isWildcard } from '../istio/host-name.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { VirtualService } from '../istio/virtual-service.ts'
import { rulesOf } from '../routing/route/rules.ts'
import type { Check, Finding } from './check.ts'
import { hostPath, overlaps } from './virtual-service-hosts.ts'

/**
 * MWB0103: a more specific host without a rule for everything keeps requests from a wildcard's rules. A host of which no
 * rule is for the gateway is not there, so that the wildcard answers. Routes of the Gateway API are meant to work so.
 */
export const hiddenWildcards: Check = ({ mesh }) => {
  const rules = mesh.virtualServices.filter(
    ({ kind, isGatewayApi, http }) => kind === 'VirtualService' && isGatewayApi !== true && http.length > 0,
  )
  const found = new Map<string, Finding>()
  for (const item of rules)
    for (const [index, host] of item.hosts.entries()) {
      if (!isWildcard(host)) continue
      const path = hostPath(index)
      const key = `${item.kind} ${item.namespace}/${item.name} ${path}`
      for (const gateway of item.gateways) {
        const other = rules.find(candidate => hides(mesh, candidate, item, host, gateway))
        const own = other?.hosts.find(name => name !== host && hostCovers(host, name))
        if (other === undefined || own === undefined || found.has(key)) continue
        const title = `${other.namespace}/${other.name}`
        found.set(key, {
          code: 'MWB0103',
          severity: 'warning',
          object: item.object,
          path,
          message: `Requests for ${own} are not asked these rules: ${other.kind} ${title} has that host, and what none of its rules takes gets 404`,
          related: { kind: other.kind, namespace: other.namespace, name: other.name },
        })
      }
    }
  return [...found.values()]
}

/** Whether an object has a more specific host at a gateway and does not take all requests for it. */
function hides(
  mesh: Mesh,
  candidate: VirtualService,
  item: VirtualService,
  host: string,
  gateway: string,
): boolean {
  if (candidate.object === item.object || !candidate.gateways.includes(gateway)) return false
  if (!overlaps(candidate, item)) return false
  if (!candidate.hosts.some(own => own !== host && hostCovers(host, own))) return false
  if (candidate.hosts.some(own => item.hosts.includes(own))) return false
  const present = rulesOf(mesh, candidate).filter(({ matches }) =>
    matches.every(({ gateways }) => gateways.length === 0 || gateways.includes(gateway)),
  )
  return present.length > 0 && !present.some(rule => rule.isCatchAll)
}
