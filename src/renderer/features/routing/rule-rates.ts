import { computed, type ComputedRef } from 'vue'
import { qualifyHost } from '../../../domain/istio/host-name.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import { simulateMesh } from '../../../domain/simulation/simulated-mesh.ts'
import { findRuleRates, type MissingRate, type RuleRates } from '../../../domain/impact/rule-rates.ts'
import { cluster } from '../../state/cluster.ts'
import { recentTraces, useRecentTraces } from '../../state/recent-traces.ts'
import { traffic } from '../../state/traffic.ts'

/** A figure of a card, and what it counts or why it is missing. */
export interface LiveFigure {
  readonly text: string
  readonly title: string
}

/** A destination of a rule, as a card has it. */
export interface RatedTarget {
  readonly host: string
  readonly subset: string
  readonly port?: number | undefined
}

export interface RatedRule {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Its place in the cluster's object; undefined where it is not applied yet. */
  readonly rule: number | undefined
}

const REASONS: Readonly<Record<MissingRate, string>> = {
  'too-few-traces': 'Several rules lead here, and too few traces tell which of them took the requests',
  'hidden-headers': 'Several rules lead here, and no trace records the headers that tell them apart',
  'no-version': 'The figures of the proxies do not tell this subset apart',
}

const missing = (title: string): LiveFigure => ({ text: '– req/s', title })

/** The measured rates of the rules as they are in the cluster; undefined until traffic and traces are read. */
export function useRuleRates(): ComputedRef<RuleRates | undefined> {
  useRecentTraces()
  const live = computed(() => (cluster.value.isLoaded ? simulateMesh(cluster.value.all()) : undefined))
  return computed(() => {
    if (live.value === undefined || traffic.value === undefined || recentTraces.value === undefined)
      return undefined
    return findRuleRates(live.value, recentTraces.value.traces, traffic.value)
  })
}

/** What flows from a rule to one of its destinations, and which share of the rule's requests that is. */
export function formatRuleRate(
  rates: RuleRates | undefined,
  rule: RatedRule,
  targets: readonly RatedTarget[],
  index: number,
  mesh: Mesh,
): LiveFigure | undefined {
  if (rates === undefined) return undefined
  const { rule: place, ...owner } = rule
  if (place === undefined) return missing('The rule is not applied yet, so nothing flows through it')
  const found = targets.map(({ host, subset, port }) => {
    const name = qualifyHost(host, rule.namespace, mesh.clusterDomain)
    const ports = mesh.registry.get(name)?.ports.map(each => each.number) ?? []
    const known = (port === undefined ? ports : [port]).map(number =>
      rates.of({ ...owner, rule: place }, `outbound|${String(number)}|${subset}|${name}`),
    )
    const reason = known.find(rate => rate !== undefined && 'missing' in rate)
    return reason !== undefined && 'missing' in reason
      ? reason
      : { rate: known.reduce((sum, rate) => sum + (rate !== undefined && 'rate' in rate ? rate.rate : 0), 0) }
  })
  const own = found[index]
  if (own === undefined) return undefined
  if ('missing' in own) return missing(REASONS[own.missing])
  const total = found.reduce((sum, rate) => sum + ('rate' in rate ? rate.rate : NaN), 0)
  const title = 'Requests that this rule sends here, measured over the last seconds'
  if (Number.isNaN(total) || total === 0) return { text: `now ${own.rate.toFixed(1)} req/s`, title }
  const share = ((own.rate / total) * 100).toFixed(0)
  return { text: `now ${share} % · ${own.rate.toFixed(1)} req/s`, title }
}
