import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import { ingressSelector } from '../../ingress/ingress-selector.ts'
import type { ConsideredRule } from '../decision.ts'
import type { RoutingRequest } from '../request.ts'
import { askedHost } from './host-relations.ts'
import { missOf } from './near-miss.ts'

/** The Ingresses for a host that istiod does not serve, and parts of those that it does and passes over. */
export function ingressNearMisses(mesh: Mesh, request: RoutingRequest): readonly ConsideredRule[] {
  if (mesh.ignoredIngresses.length === 0) return []
  if (!selects(ingressSelector(mesh.settings.ingress), request.from.labels)) return []
  const name = askedHost(request)
  return mesh.ignoredIngresses
    .filter(({ hosts }) => hosts.some(host => hostCovers(host, name)))
    .map(({ ingress, field, reason }) => missOf(ingress, field, reason))
}
