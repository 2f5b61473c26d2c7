import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { destinationRulesFor } from '../../../domain/istio/destination-rules-for.ts'
import { qualifyHost } from '../../../domain/istio/host-name.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import { fieldsOf, listOf } from '../../../domain/istio/fields/read-fields.ts'
import { groupOf } from '../../../domain/kubernetes/kubernetes-object.ts'
import { simulateMesh, type SimulatedMesh } from '../../../domain/simulation/simulated-mesh.ts'
import { cluster, objectsOf } from '../../state/cluster.ts'
import { contextSummary } from '../../state/contexts.ts'
import { objectsOfText, overlayObjects } from '../../../domain/kubernetes/overlay-objects.ts'
import { readDestinationRuleForm, type DestinationRuleModel } from './policy-words.ts'
import { readRoute, type RouteModel } from './read-route.ts'
import { provideRouteContext } from './route-context.ts'
import { findRouteProblems, type RouteProblem } from './route-problems.ts'
import { formatRuleRate, useRuleRates } from './rule-rates.ts'
import type { RoutingDraft } from './use-routing-draft.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'

export interface DraftedMesh {
  readonly namespace: ComputedRef<string>
  readonly mesh: ComputedRef<Mesh>
  /** The mesh with the objects that it is made of. */
  readonly simulated: ComputedRef<SimulatedMesh>
  /** Names of Services to offer. */
  readonly hosts: ComputedRef<readonly string[]>
  /** What the cards of a VirtualService warn of. */
  readonly problems: ComputedRef<readonly RouteProblem[]>
  readonly route: ComputedRef<RouteModel>
  readonly rule: ComputedRef<DestinationRuleModel>
  /** What the tested request came to. */
  readonly decided: ShallowRef<Decision | undefined>
}

/** What tells the rules of a VirtualService or a route of the Gateway API apart: their conditions and destinations. */
function ruleSignatures(object: unknown): readonly string[] {
  const spec = fieldsOf(fieldsOf(object)['spec'])
  return listOf(spec['http'] ?? spec['rules'])
    .map(fieldsOf)
    .map(rule =>
      JSON.stringify([
        rule['match'] ?? rule['matches'] ?? null,
        listOf(rule['route'] ?? rule['backendRefs'])
          .map(fieldsOf)
          .map(target => [target['destination'] ?? [target['name'], target['port']]]),
      ]),
    )
}

/** The mesh as it would be with the draft in it, for the cards below; only inside `setup`. */
export function useDraftedMesh(draft: RoutingDraft): DraftedMesh {
  const document = computed(() => draft.shown.value?.document)
  const namespace = computed(() => {
    const origin = draft.draft.value?.origin
    const own = origin?.kind === 'object' && origin.namespace !== '' ? origin.namespace : undefined
    return document.value?.namespace ?? own ?? contextSummary.value?.namespace ?? 'default'
  })
  const drafted = computed(() => {
    const text = draft.shown.value?.text
    return text === undefined ? [] : objectsOfText(parseManifest(text), namespace.value)
  })
  const simulated = computed(() =>
    simulateMesh(overlayObjects(cluster.value.all(), drafted.value), namespace.value),
  )
  const mesh = computed(() => simulated.value.mesh)
  const route = computed(() => readRoute(document.value?.value))
  const object = computed(() =>
    drafted.value.find(
      ({ kind, metadata }) => kind === document.value?.kind && metadata.name === document.value.name,
    ),
  )
  const problems = computed(() =>
    object.value?.kind === 'VirtualService' && cluster.value.isLoaded
      ? findRouteProblems(mesh.value, route.value, object.value, hosts.value)
      : [],
  )
  const hosts = computed(() =>
    mesh.value.services.map(service => (service.namespace === namespace.value ? service.name : service.host)),
  )
  const decided = shallowRef<Decision>()
  const verdicts = computed(() => {
    const found = new Map<number, { matched: boolean; reason: string }>()
    for (const { route: reference, matched, reason } of decided.value?.considered ?? [])
      if (
        reference.rule !== undefined &&
        reference.kind === document.value?.kind &&
        reference.name === document.value.name &&
        reference.namespace === namespace.value &&
        found.get(reference.rule)?.matched !== true
      )
        found.set(reference.rule, { matched, reason })
    return found
  })
  const live = computed(() => {
    const found = objectsOf('networking.istio.io', 'VirtualService').find(
      ({ metadata }) =>
        metadata.name === document.value?.name && (metadata.namespace ?? '') === namespace.value,
    )
    return found === undefined ? undefined : readRoute(found)
  })
  const rates = useRuleRates()
  /** Where a rule of the draft is in the cluster: the same conditions and destinations, whatever their weights. */
  const liveRules = computed(() => {
    const group = groupOf(document.value?.apiVersion ?? '')
    const found = objectsOf(group, document.value?.kind ?? '').find(
      ({ metadata }) =>
        metadata.name === document.value?.name && (metadata.namespace ?? '') === namespace.value,
    )
    return found === undefined ? [] : ruleSignatures(found)
  })
  const draftRules = computed(() => ruleSignatures(document.value?.value))
  provideRouteContext({
    rateOf: (rule, targets, index) => {
      const place = liveRules.value.indexOf(draftRules.value[rule] ?? '')
      const owner = {
        kind: document.value?.kind ?? '',
        namespace: namespace.value,
        name: document.value?.name ?? '',
        rule: place === -1 ? undefined : place,
      }
      return formatRuleRate(rates.value, owner, targets, index, mesh.value)
    },
    live,
    mesh,
    namespace,
    problems,
    hosts,
    verdicts,
    subsetsOf: host => [
      ...destinationRulesFor(
        mesh.value,
        qualifyHost(host, namespace.value, mesh.value.clusterDomain),
        namespace.value,
      ).subsets.keys(),
    ],
  })
  return {
    namespace,
    mesh,
    simulated,
    hosts,
    problems,
    route,
    rule: computed(() => readDestinationRuleForm(document.value?.value)),
    decided,
  }
}
