import type { Mesh } from '../../istio/mesh.ts'
import type { ConsideredRule } from '../decision.ts'
import type { Resolution } from '../route/follow-rules.ts'
import type { RoutingRequest } from '../request.ts'
import type { CompiledRule } from '../route/rules.ts'
import { sidecarTable } from '../route/virtual-hosts.ts'
import { boundRuleMisses } from './bound-rule-misses.ts'
import { destinationNearMisses } from './destination-near-misses.ts'
import { droppedRules, shadowedRules } from './dropped-rules.ts'
import { boundVirtualServices, gatewayNearMisses } from './gateway-near-misses.ts'
import { ingressNearMisses } from './ingress-near-misses.ts'
import {
  closedListenerMisses,
  deniedRouteMisses,
  serverNameMisses,
  unattachedRouteMisses,
} from './listener-near-misses.ts'
import { meshNearMisses } from './mesh-near-misses.ts'
import { outboundPolicyMisses } from './outbound-policy-misses.ts'

/** More are not told: the first are the nearest. */
const MAX_MISSES = 30

/**
 * The objects that a request seems to be for and that do not count for it, each with the field that is the cause. Worked
 * out only where somebody asks why.
 */
export function findNearMisses(
  mesh: Mesh,
  request: RoutingRequest,
  { verdict, rules, taken }: Resolution,
  considered: readonly ConsideredRule[],
): readonly ConsideredRule[] {
  const misses: ConsideredRule[] = taken === undefined ? [] : backendProblems(taken)
  if (request.from.kind === 'gateway') {
    const bound = boundVirtualServices(mesh, request)
    misses.push(...bound.flatMap(item => droppedRules(mesh, item).map(({ miss }) => miss)))
    misses.push(...shadowedRules(mesh, bound, rules))
    misses.push(...serverNameMisses(mesh, request))
    misses.push(...deniedRouteMisses(mesh, request))
    misses.push(...unattachedRouteMisses(mesh, request))
    misses.push(...closedListenerMisses(mesh, request, verdict.reason))
    misses.push(...ingressNearMisses(mesh, request))
    misses.push(...gatewayNearMisses(mesh, request, bound, verdict.reason))
    // Objects of other hosts are told where nothing nearer is.
    misses.push(...boundRuleMisses(mesh, request, bound, verdict.reason))
  } else {
    const chosen = sidecarTable(mesh, request.from, request.port).answering.get(request.host)?.virtualHost
    if (chosen?.virtualService !== undefined)
      misses.push(...droppedRules(mesh, chosen.virtualService).map(({ miss }) => miss))
    const isKnown = verdict.destinations.some(({ cluster }) => cluster.startsWith('outbound'))
    misses.push(...meshNearMisses(mesh, request, chosen?.virtualService, isKnown || chosen !== undefined))
    misses.push(...outboundPolicyMisses(mesh, request, verdict))
  }
  for (const destination of verdict.destinations)
    if (destination.cluster.startsWith('outbound'))
      misses.push(...destinationNearMisses(mesh, request.from, destination, verdict.route))
  const keyOf = ({ route, field }: ConsideredRule): string => JSON.stringify([route, field])
  const known = new Set(considered.filter(({ field }) => field !== undefined).map(keyOf))
  return misses
    .filter(miss => !isToldBetter(miss, misses))
    .filter(miss => !known.has(keyOf(miss)) && known.add(keyOf(miss)))
    .filter(({ route }) => route.rule !== undefined || !isConsidered(route, considered))
    .slice(0, MAX_MISSES)
}

/** What is wrong with the backends of the rule that took the request. */
const backendProblems = ({ rule, reference }: CompiledRule): ConsideredRule[] =>
  rule.targets.flatMap(({ problem }) =>
    problem === undefined
      ? []
      : [
          {
            route: reference,
            matched: true,
            reason: problem.message,
            field: `spec.rules[${String(reference.rule)}].backendRefs[${String(problem.backend)}]`,
          },
        ],
  )

/** That a route is attached to another listener is told where nothing says why it is not attached to this one. */
const isToldBetter = ({ route, field }: ConsideredRule, misses: readonly ConsideredRule[]): boolean =>
  field === 'spec.parentRefs' &&
  misses.some(
    other =>
      other.field !== field &&
      other.route.kind === route.kind &&
      other.route.namespace === route.namespace &&
      other.route.name === route.name,
  )

/** An object of which rules were looked at is no near miss as a whole. */
const isConsidered = (
  { kind, namespace, name }: ConsideredRule['route'],
  considered: readonly ConsideredRule[],
): boolean =>
  kind !== 'DestinationRule' &&
  considered.some(({ route }) => route.kind === kind && route.namespace === namespace && route.name === name)
