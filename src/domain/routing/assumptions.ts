import { memoize } from '../istio/memoize.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { Assumption } from '../istio/settings/mesh-settings.ts'
import { sidecarOf } from '../istio/visibility.ts'
import type { Decision } from './decision.ts'
import type { RoutingRequest } from './request.ts'

/** The settings of the mesh that nothing names and that the decision hangs on, with what was taken for them. */
export function assumptionsOf(
  mesh: Mesh,
  request: RoutingRequest,
  decision: Decision,
): readonly Assumption[] {
  const { assumptions } = mesh.settings
  if (assumptions.length === 0) return assumptions
  return assumptions.filter(({ setting, isGuess }) => isGuess || isRelevant(mesh, request, decision, setting))
}

function isRelevant(
  mesh: Mesh,
  { from, host }: RoutingRequest,
  { destinations, outcome, reason }: Decision,
  setting: Assumption['setting'],
): boolean {
  switch (setting) {
    case 'outboundTrafficPolicy':
      return (
        destinations.some(({ cluster }) => cluster === 'PassthroughCluster') &&
        sidecarOf(mesh, from.namespace, from.labels)?.outboundTrafficPolicy === undefined
      )
    case 'clusterDomain':
      return [host, ...destinations.map(item => item.host)].some(
        name => /\.svc\./.test(name) && !name.replace(/:\d+$/, '').endsWith(`.svc.${mesh.clusterDomain}`),
      )
    case 'trustDomain':
      return (outcome === 'forwarded' || reason === 'denied') && hasPrincipals(mesh)
    case 'meshConfig':
      return false
  }
}

/** Whether any policy looks at identities. */
const hasPrincipals = memoize((mesh: Mesh): boolean =>
  mesh.authorizationPolicies.some(({ rules }) =>
    rules.some(
      ({ from, when }) =>
        from.some(source => 'principals' in source || 'notPrincipals' in source) ||
        when.some(({ key }) => key === 'source.principal'),
    ),
  ),
)
