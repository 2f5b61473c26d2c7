import { destinationRulesFor } from '../../../domain/mesh/destination-rules-for.ts'
import { hostCovers, qualifyHost } from '../../../domain/mesh/host-name.ts'
import type { Mesh } from '../../../domain/mesh/mesh.ts'
import { selects } from '../../../domain/mesh/named-object.ts'
import type { MeshPod } from '../../../domain/mesh/pod.ts'
import { readVirtualService } from '../../../domain/mesh/virtual-service.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { endpointsOf } from '../../../domain/routing/subset-endpoints.ts'
import { findUnreachableRules } from '../../../domain/routing/unreachable-rules.ts'
import type { DestinationModel, RouteModel } from './read-route.ts'

/** Something that is wrong with a card. `destination` is absent where it is about the whole rule. */
export interface RouteProblem {
  readonly rule: number
  readonly destination?: number
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** What the cards of a VirtualService have to warn of, as the mesh with the draft in it would be. */
export function findRouteProblems(
  mesh: Mesh,
  route: RouteModel,
  object: KubernetesObject,
): readonly RouteProblem[] {
  const virtualService = readVirtualService(object, mesh.clusterDomain)
  const unreachable = findUnreachableRules(virtualService).map(({ place, message }): RouteProblem => ({
    rule: place.rule,
    severity: 'warning',
    message,
  }))
  const ofRules = route.rules.flatMap((rule): readonly RouteProblem[] => [
    ...weightProblems(rule.index, rule.destinations),
    ...(rule.destinations.length === 0 && rule.action === ''
      ? [{ rule: rule.index, severity: 'error' as const, message: 'The rule sends requests nowhere' }]
      : []),
    ...rule.destinations.flatMap(destination => {
      const found = destinationProblem(mesh, destination, virtualService.namespace)
      return found === undefined ? [] : [{ rule: rule.index, destination: destination.index, ...found }]
    }),
  ])
  return [...unreachable, ...ofRules]
}

/**
 * Weights are shares of their sum; a sum of zero is refused by Istio.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination
 */
function weightProblems(rule: number, destinations: readonly DestinationModel[]): readonly RouteProblem[] {
  if (destinations.length < 2) return []
  const sum = destinations.reduce((total, { weight }) => total + weight, 0)
  if (sum === 100) return []
  if (sum === 0) return [{ rule, severity: 'error', message: 'All weights are 0: Istio refuses the rule' }]
  const shares = destinations
    .map(({ label, weight }) => `${label} ${String(Math.round((weight / sum) * 100))} %`)
    .join(', ')
  return [
    {
      rule,
      severity: 'warning',
      message: `The weights sum to ${String(sum)}, not 100: Istio shares requests as ${shares}`,
    },
  ]
}

type Found = Pick<RouteProblem, 'severity' | 'message'>

function destinationProblem(
  mesh: Mesh,
  { host, subset }: DestinationModel,
  namespace: string,
): Found | undefined {
  if (host === '') return { severity: 'error', message: 'The destination names no host' }
  const name = qualifyHost(host, namespace, mesh.clusterDomain)
  const isKnown = mesh.registry.has(name) || [...mesh.registry.keys()].some(known => hostCovers(known, name))
  if (!isKnown) return { severity: 'error', message: `There is no Service ${host} in namespace ${namespace}` }
  if (subset !== '' && !destinationRulesFor(mesh, name, namespace).subsets.has(subset))
    return { severity: 'error', message: `No DestinationRule of ${host} defines subset ${subset}` }
  return undefined
}

/** Ready and all pods behind a destination; undefined where the mesh knows no pods of it. */
export function countPods(
  mesh: Mesh,
  host: string,
  subset: string,
  namespace: string,
): { readonly ready: number; readonly all: number } | undefined {
  const name = qualifyHost(host, namespace, mesh.clusterDomain)
  const service = mesh.registry.get(name)
  const selector = service?.selector
  if (service === undefined || selector === undefined) return undefined
  const labels =
    subset === '' ? {} : destinationRulesFor(mesh, name, namespace).subsets.get(subset)?.subset.labels
  if (labels === undefined) return undefined
  const isBehind = (pod: MeshPod): boolean => selects(selector, pod.labels) && selects(labels, pod.labels)
  const pods = mesh.podsByNamespace.get(service.namespace) ?? []
  return {
    ready: endpointsOf(mesh, host, subset === '' ? undefined : subset, namespace).length,
    all: pods.filter(isBehind).length,
  }
}

/** The version that a subset selects, as traffic figures name it. */
export function versionOf(mesh: Mesh, host: string, subset: string, namespace: string): string | undefined {
  const name = qualifyHost(host, namespace, mesh.clusterDomain)
  return destinationRulesFor(mesh, name, namespace).subsets.get(subset)?.subset.labels['version']
}

/** The service's id in the traffic figures: `namespace/name`. */
export function serviceIdOf(mesh: Mesh, host: string, namespace: string): string | undefined {
  const service = mesh.registry.get(qualifyHost(host, namespace, mesh.clusterDomain))
  return service === undefined ? undefined : `${service.namespace}/${service.name}`
}
