import type { MeshOptions } from '../istio/mesh.ts'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import { httpRulesAtZtunnel } from './ambient.ts'
import { httpFieldsOnTcp, unknownCallers, unnormalizedPaths, workloadPorts } from './authorization.ts'
import type { Check, CheckContext, Finding } from './check.ts'
import { delegates, destinations } from './destinations.ts'
import { destinationRules, tlsConflicts } from './destination-rules.ts'
import { routeBackends, routeParents, routeRules, routeStatus } from './gateway-api.ts'
import { gatewayExports, matchedGateways, unaskedRules } from './gateway-rules.ts'
import { gatewaySelectors, sharedCertificates } from './gateways.ts'
import { probesWithoutRoute, profilesBeforeRoutes } from './linkerd.ts'
import { hiddenWildcards } from './hidden-wildcards.ts'
import { ignoredIngresses } from './ingress.ts'
import { pathExpressions } from './path-expressions.ts'
import { mutualTlsPorts } from './mutual-tls-ports.ts'
import { emptySelectors } from './selectors.ts'
import { serviceEntryAddresses } from './service-entries.ts'
import { validation } from './validation.ts'
import { unenforcedTargets, unusedWaypoints } from './waypoints.ts'
import { conflictingHosts, gatewayBindings, unknownHosts } from './virtual-service-hosts.ts'
import { portOnlyMatches, unreachableRules, weights } from './virtual-service-rules.ts'

export type { Check, CheckContext, Finding, Severity } from './check.ts'

/** Every check. Adding one is a function and a line here. */
export const CHECKS: readonly Check[] = [
  validation,
  destinations,
  delegates,
  unknownHosts,
  conflictingHosts,
  gatewayBindings,
  gatewayExports,
  unaskedRules,
  matchedGateways,
  hiddenWildcards,
  unreachableRules,
  portOnlyMatches,
  pathExpressions,
  weights,
  destinationRules,
  tlsConflicts,
  httpFieldsOnTcp,
  workloadPorts,
  unknownCallers,
  unnormalizedPaths,
  emptySelectors,
  mutualTlsPorts,
  httpRulesAtZtunnel,
  unusedWaypoints,
  unenforcedTargets,
  ignoredIngresses,
  serviceEntryAddresses,
  gatewaySelectors,
  sharedCertificates,
  routeParents,
  routeStatus,
  routeRules,
  routeBackends,
  profilesBeforeRoutes,
  probesWithoutRoute,
]

/** The groups whose objects are looked at for something wrong, not only for what others refer to. */
const CHECKED_GROUPS: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'networking.k8s.io',
  'gateway.networking.k8s.io',
  'policy.linkerd.io',
  'linkerd.io',
])

/** What the checks found, and what they looked at: nothing is said of other objects. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  /** How many objects were checked, by kind, the most frequent first. */
  readonly checked: readonly { readonly kind: string; readonly count: number }[]
}

const RANK: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2 }

/** Checks all objects of a cluster or of files against each other; the worst first. */
export const checkObjects = (
  objects: readonly KubernetesObject[],
  options: MeshOptions = {},
  isWholeCluster = false,
): CheckReport => reportChecks({ objects, mesh: buildMesh(objects, options), isWholeCluster })

/** As `checkObjects`, for a mesh that is built already. */
export const reportChecks = (context: CheckContext): CheckReport =>
  makeReport(
    context.objects,
    CHECKS.flatMap(check => check(context)),
  )

/** What the checks found, in order, with the number of objects that they looked at. */
export function makeReport(objects: readonly KubernetesObject[], findings: readonly Finding[]): CheckReport {
  const counts = new Map<string, number>()
  for (const { apiVersion, kind } of objects)
    if (CHECKED_GROUPS.has(groupOf(apiVersion))) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return {
    findings: [...findings].sort((one, other) => RANK[one.severity] - RANK[other.severity]),
    checked: [...counts]
      .map(([kind, count]) => ({ kind, count }))
      .sort((one, other) => other.count - one.count || (one.kind < other.kind ? -1 : 1)),
  }
}
