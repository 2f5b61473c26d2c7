import type { Edit, RuleList } from '../../../domain/edits/edit.ts'
import { applyEditToValue } from '../../../domain/edits/apply-edit.ts'
import { shiftWeights } from '../../../domain/edits/weights.ts'
import { destinationRulesFor } from '../../../domain/istio/destination-rules-for.ts'
import { hostCovers, qualifyHost } from '../../../domain/istio/host-name.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import { selects } from '../../../domain/istio/named-object.ts'
import type { MeshPod } from '../../../domain/istio/pod.ts'
import { readVirtualService } from '../../../domain/istio/virtual-service.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { endpointsOf } from '../../../domain/routing/endpoint/subset-endpoints.ts'
import { findUnreachableRules, type UnreachableRule } from '../../../domain/checks/unreachable-rules.ts'
import { closestWord } from '../../../domain/simulation/closest-word.ts'
import type { Path } from '../../../domain/yaml/path.ts'
import type { CardFix, CardProblem } from './cards/object-model.ts'
import type { DestinationModel, RouteModel } from './read-route.ts'

/** Something that is wrong with a card. `rule` is -1 where it is about the object, `destination` absent where it is about the whole rule. */
export interface RouteProblem extends CardProblem {
  readonly rule: number
  readonly destination?: number
}

/** What hosts and subsets are looked up in. */
export interface ProblemPlace {
  readonly mesh: Mesh
  readonly namespace: string
  /** Names of Services to offer. */
  readonly hosts: readonly string[]
}

/** What the cards of a VirtualService have to warn of, as the mesh with the draft in it would be. */
export function findRouteProblems(
  mesh: Mesh,
  route: RouteModel,
  object: KubernetesObject,
  hosts: readonly string[] = [],
): readonly RouteProblem[] {
  const virtualService = readVirtualService(object, mesh.clusterDomain)
  const place: ProblemPlace = { mesh, namespace: virtualService.namespace, hosts }
  const unreachable = findUnreachableRules(virtualService)
  const ofRules = route.rules.flatMap((rule): readonly RouteProblem[] => {
    const { index, destinations } = rule
    const path: Path = ['spec', 'http', index, 'route']
    return [
      ...weightProblems(index, destinations, 'http').map(problem => ({ rule: index, ...problem })),
      ...(destinations.length === 0 && rule.action === ''
        ? [{ rule: index, severity: 'error' as const, message: 'The rule sends requests nowhere' }]
        : []),
      ...destinations.flatMap(destination =>
        destinationProblem(
          place,
          destination,
          [...path, destination.index],
          siblingsOf(destinations, destination.index),
        ).map(found => ({ rule: index, destination: destination.index, ...found })),
      ),
    ]
  })
  return [
    ...hostProblems(place, route),
    ...unreachable.map((found): RouteProblem => ({
      rule: found.place.rule,
      severity: 'warning',
      message: found.message,
      fix: reachFix(object, mesh, found, unreachable.length),
    })),
    ...ofRules,
  ]
}

/** The rule is moved before the one that hides it where that helps; else it asks for nothing of its own and may go. */
function reachFix(
  object: KubernetesObject,
  mesh: Mesh,
  { place, earlier }: UnreachableRule,
  count: number,
): CardFix {
  if (place.match !== undefined)
    return {
      title: `Remove match ${String(place.match + 1)}`,
      edits: [{ kind: 'removeItem', path: ['spec', 'http', place.rule, 'match'], index: place.match }],
    }
  const move: Edit = { kind: 'moveRule', from: place.rule, to: earlier.rule }
  const moved = applyEditToValue(object, move) as KubernetesObject
  return findUnreachableRules(readVirtualService(moved, mesh.clusterDomain)).length < count
    ? { title: `Move it before rule ${String(earlier.rule + 1)}`, edits: [move] }
    : { title: `Remove rule ${String(place.rule + 1)}`, edits: [{ kind: 'removeRule', rule: place.rule }] }
}

/** Inside the mesh a host that is no Service has no requests to route; at a gateway any name may be asked for. */
function hostProblems(place: ProblemPlace, { hosts, gateways }: RouteModel): readonly RouteProblem[] {
  if (gateways.some(name => name !== 'mesh')) return []
  return hosts.flatMap((host, index): readonly RouteProblem[] => {
    // Other names are routed on port 80, whatever is behind them.
    const isCluster = qualifyHost(host, place.namespace, place.mesh.clusterDomain).endsWith(
      `.svc.${place.mesh.clusterDomain}`,
    )
    if (host.startsWith('*') || !isCluster || isKnownHost(place, host)) return []
    const near = closestWord(host, place.hosts)
    return [
      {
        rule: -1,
        severity: 'warning',
        message: `There is no Service ${host} in namespace ${place.namespace}`,
        ...(near === undefined
          ? {}
          : {
              fix: {
                title: `Use ${near}`,
                edits: [{ kind: 'setHosts', hosts: hosts.map((name, at) => (at === index ? near : name)) }],
              },
            }),
      },
    ]
  })
}

function isKnownHost({ mesh, namespace }: ProblemPlace, host: string): boolean {
  const name = qualifyHost(host, namespace, mesh.clusterDomain)
  return mesh.registry.has(name) || [...mesh.registry.keys()].some(known => hostCovers(known, name))
}

/**
 * Weights are shares of their sum; a sum of zero is refused by Istio.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination
 */
export function weightProblems(
  rule: number,
  destinations: readonly Pick<DestinationModel, 'label' | 'weight'>[],
  list: RuleList,
): readonly CardProblem[] {
  const [first] = destinations
  if (first === undefined || destinations.length < 2) return []
  const weights = destinations.map(({ weight }) => weight)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  if (sum === 100) return []
  const setTo = (title: string, next: readonly number[]): CardFix => ({
    title,
    edits: [{ kind: 'setWeights', list, rule, weights: next }],
  })
  if (sum === 0)
    return [
      {
        severity: 'error',
        message: 'All weights are 0: Istio refuses the rule',
        fix: setTo(
          'Share equally',
          shiftWeights(
            weights.map(() => 1),
            0,
            Math.round(100 / weights.length),
          ),
        ),
      },
    ]
  const shares = destinations
    .map(({ label, weight }) => `${label} ${String(Math.round((weight / sum) * 100))} %`)
    .join(', ')
  const next = shiftWeights(weights, 0, (first.weight / sum) * 100)
  return [
    {
      severity: 'warning',
      message: `The weights sum to ${String(sum)}, not 100: Istio shares requests as ${shares}`,
      fix: setTo(`Make them ${next.join(' : ')}`, next),
    },
  ]
}

/** The subsets of the destinations beside one. */
export const siblingsOf = (
  destinations: readonly Pick<DestinationModel, 'subset'>[],
  index: number,
): readonly string[] => destinations.flatMap(({ subset }, at) => (at === index ? [] : [subset]))

/** What is wrong with a destination of a VirtualService; `path` is that of its entry in `route`. */
export function destinationProblem(
  place: ProblemPlace,
  { host, subset }: Pick<DestinationModel, 'host' | 'subset'>,
  path: Path,
  /** The subsets of the rule's other destinations. */
  siblings: readonly string[],
): readonly CardProblem[] {
  const { mesh, namespace, hosts } = place
  const remove: CardFix =
    siblings.length > 0
      ? {
          title: 'Remove the destination',
          edits: [{ kind: 'removeItem', path: path.slice(0, -1), index: Number(path.at(-1)) }],
        }
      : {
          title: 'Remove the rule',
          edits: [{ kind: 'removeItem', path: path.slice(0, 2), index: Number(path[2]), prune: 1 }],
        }
  const rename = (title: string, field: 'host' | 'subset', value: string): CardFix => ({
    title,
    edits: [{ kind: 'setPath', path: [...path, 'destination', field], value }],
  })
  const report = (
    severity: CardProblem['severity'],
    message: string,
    fix: CardFix,
  ): readonly CardProblem[] => [{ severity, message, fix }]

  if (host === '') return report('error', 'The destination names no host', remove)
  if (!isKnownHost(place, host)) {
    const near = closestWord(host, hosts)
    const fix = near === undefined ? remove : rename(`Send to ${near}`, 'host', near)
    return report('error', `There is no Service ${host} in namespace ${namespace}`, fix)
  }
  if (subset === '') return []
  const toAll: CardFix = {
    title: 'Send to all pods',
    edits: [{ kind: 'removePath', path: [...path, 'destination', 'subset'] }],
  }
  const { subsets } = destinationRulesFor(mesh, qualifyHost(host, namespace, mesh.clusterDomain), namespace)
  if (!subsets.has(subset)) {
    const near = closestWord(
      subset,
      [...subsets.keys()].filter(name => !siblings.includes(name)),
    )
    return report(
      'error',
      `No DestinationRule of ${host} defines subset ${subset}`,
      near === undefined ? toAll : rename(`Use subset ${near}`, 'subset', near),
    )
  }
  if (countPods(mesh, host, subset, namespace)?.all === 0)
    return report('warning', `Subset ${subset} selects no pod: its requests are answered with 503`, toAll)
  return []
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

/** The labels of a subset's pods, as the DestinationRules have them. */
export const labelsOfSubset = (
  mesh: Mesh,
  host: string,
  subset: string,
  namespace: string,
): Readonly<Record<string, string>> | undefined =>
  destinationRulesFor(mesh, qualifyHost(host, namespace, mesh.clusterDomain), namespace).subsets.get(subset)
    ?.subset.labels

/** The service's id in the traffic figures: `namespace/name`. */
export function serviceIdOf(mesh: Mesh, host: string, namespace: string): string | undefined {
  const service = mesh.registry.get(qualifyHost(host, namespace, mesh.clusterDomain))
  return service === undefined ? undefined : `${service.namespace}/${service.name}`
}
