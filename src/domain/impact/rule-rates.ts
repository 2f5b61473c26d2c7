import { destinationRulesFor } from '../istio/destination-rules-for.ts'
import type { Mesh } from '../istio/mesh.ts'
import { readClusterName } from '../routing/endpoint/destinations.ts'
import { rulesForCluster } from '../routing/explain-span.ts'
import type { Caller } from '../routing/request.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import type { Trace } from '../traces/trace.ts'
import type { TrafficEdge, TrafficNode, TrafficSnapshot } from '../traffic/traffic-snapshot.ts'
import { findMatchedHeaders } from './matched-headers.ts'
import { countTracedRequests, trafficIdOf } from './traced-requests.ts'

/** Why the rate of a rule's destination is not known. */
export type MissingRate =
  /** Several rules lead to the destination, and no or too few traces tell which of them took the requests. */
  | 'too-few-traces'
  /** Several rules lead to the destination, and no trace records the headers that tell them apart. */
  | 'hidden-headers'
  /** The proxies' figures do not tell the subset apart from others. */
  | 'no-version'

/** Requests a second that one rule sends to one destination. */
export type RuleRate = { readonly rate: number } | { readonly missing: MissingRate }

/** A rule's share of a destination is a guess below this many traced requests. */
const ENOUGH_TRACED = 10

interface RuleName {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly rule: number
}

const keyOf = ({ kind, namespace, name, rule }: RuleName, cluster: string): string =>
  [kind, namespace, name, String(rule), cluster].join('\0')

/** The measured rates of rules and their destinations. */
export interface RuleRates {
  /** Of one rule to one Envoy cluster (`outbound|80|v2|myapp.default.svc.cluster.local`); undefined where nothing flows. */
  readonly of: (rule: RuleName, cluster: string) => RuleRate | undefined
}

/**
 * Shares the measured traffic out among the rules that sent it. The proxies count by caller, service and version; which of
 * several rules chose a version is told by traces, each decided as the simulator would. Where one rule alone leads to a
 * destination, no trace is needed.
 */
export function findRuleRates(
  simulated: SimulatedMesh,
  traces: readonly Trace[],
  { edges, nodes }: Pick<TrafficSnapshot, 'edges' | 'nodes'>,
): RuleRates {
  const { mesh } = simulated
  const headers = findMatchedHeaders(simulated.objects)
  const traced = countTracedRequests(simulated, traces, headers.all)
    .filter(({ hasProxy, cluster }) => hasProxy && cluster.startsWith('outbound|'))
    .flatMap(item => {
      const { route, destinations } = decideSimulated(simulated, item.request)
      // Sent by rules that are no more: it tells nothing of those that are.
      return destinations.some(({ cluster }) => cluster === item.cluster) ? [{ ...item, route }] : []
    })
  const rates = new Map<string, RuleRate>()
  const add = (rule: RuleName, cluster: string, found: RuleRate): void => {
    const key = keyOf(rule, cluster)
    const known = rates.get(key)
    if (known !== undefined && 'missing' in known) return
    rates.set(key, 'missing' in found ? found : { rate: found.rate + (known === undefined ? 0 : known.rate) })
  }
  for (const edge of edges) {
    const own = traced.filter(
      ({ sources, targets }) => sources.includes(edge.source) && targets.includes(edge.target),
    )
    const service = [...mesh.services, ...mesh.serviceEntries].find(each => trafficIdOf(each) === edge.target)
    if (service === undefined || edge.requests.rate === 0 || edge.source.endsWith('/unknown')) continue
    const caller = callerOf(edge.source, nodes)
    const clusters = clustersOf(mesh, service.host, caller)
    for (const cluster of clusters) {
      const candidates = rulesForCluster(mesh, { host: service.host, cluster, caller })
        .concat(caller.kind === 'gateway' ? gatewayRules(mesh, service.host, cluster) : [])
        .map(({ route }) => route)
      const rules = [...new Map(candidates.map(rule => [keyOf(rule, cluster), rule])).values()]
      if (rules.length === 0) continue
      const measured = rateOfCluster(mesh, edge, cluster, clusters, own)
      const ofCluster = own.filter(item => item.cluster === cluster)
      const count = ofCluster.reduce((sum, item) => sum + item.count, 0)
      for (const rule of rules) {
        if (measured === undefined) add(rule, cluster, { missing: 'no-version' })
        else if (rules.length === 1 || measured === 0) add(rule, cluster, { rate: measured })
        else if (ofCluster.some(({ hiddenHeaders }) => asks(rules, hiddenHeaders, headers.of)))
          add(rule, cluster, { missing: 'hidden-headers' })
        else if (count < ENOUGH_TRACED) add(rule, cluster, { missing: 'too-few-traces' })
        else {
          const taken = ofCluster
            .filter(({ route }) => route !== undefined && keyOf(route, cluster) === keyOf(rule, cluster))
            .reduce((sum, item) => sum + item.count, 0)
          add(rule, cluster, { rate: (measured * taken) / count })
        }
      }
    }
  }
  return { of: (rule, cluster) => rates.get(keyOf(rule, cluster)) }
}

const asks = (
  rules: readonly RuleName[],
  hidden: readonly string[],
  headersOf: (rule: RuleName) => readonly string[],
): boolean => rules.some(rule => headersOf(rule).some(name => hidden.includes(name)))

function callerOf(source: string, nodes: readonly TrafficNode[]): Caller {
  const kind = nodes.find(({ id }) => id === source)?.kind === 'gateway' ? 'gateway' : 'workload'
  return { kind, namespace: source.slice(0, source.indexOf('/')), labels: {} }
}

/** The Envoy clusters that rules of the mesh name for a host. */
function clustersOf(mesh: Mesh, host: string, caller: Caller): readonly string[] {
  const service = mesh.registry.get(host)
  const only = caller.kind === 'gateway' && service?.ports.length === 1 ? service.ports[0]?.number : undefined
  const found = new Set<string>()
  for (const { http } of mesh.virtualServices)
    for (const { targets } of http)
      for (const target of targets) {
        if (target.host !== host) continue
        const ports = target.port ?? only
        for (const port of ports === undefined ? (service?.ports ?? []).map(({ number }) => number) : [ports])
          found.add(`outbound|${String(port)}|${target.subset ?? ''}|${host}`)
      }
  return [...found]
}

/** The rules of gateways that name a cluster: their hosts are not the service's. */
function gatewayRules(
  mesh: Mesh,
  host: string,
  cluster: string,
): readonly { readonly route: RuleName; readonly isCertain: boolean }[] {
  const subset = readClusterName(cluster)?.subset
  return mesh.virtualServices
    .filter(({ gateways }) => gateways.some(gateway => gateway !== 'mesh'))
    .flatMap(({ kind, namespace, name, http }) =>
      http
        .filter(({ targets }) => targets.some(target => target.host === host && target.subset === subset))
        .map(({ index, source }) => ({
          route: source ?? { kind, namespace, name, rule: index },
          isCertain: false,
        })),
    )
}

/** What of an edge's requests goes to one of its clusters; undefined where figures and traces do not tell. */
function rateOfCluster(
  mesh: Mesh,
  edge: TrafficEdge,
  cluster: string,
  clusters: readonly string[],
  traced: readonly { readonly cluster: string; readonly count: number }[],
): number | undefined {
  const { rate } = edge.requests
  if (clusters.length === 1) return rate
  const versionOf = (name: string): string | undefined => {
    const read = readClusterName(name)
    if (read?.subset === undefined) return undefined
    const namespace = mesh.registry.get(read.host)?.namespace ?? 'default'
    const labels = destinationRulesFor(mesh, read.host, namespace).subsets.get(read.subset)?.subset.labels
    return labels === undefined || Object.keys(labels).join() !== 'version' ? undefined : labels['version']
  }
  const versions = clusters.map(versionOf)
  const own = versionOf(cluster)
  const areApart =
    versions.every(version => version !== undefined) && new Set(versions).size === versions.length
  if (areApart && own !== undefined && edge.versions.length > 0)
    return rate * (edge.versions.find(({ version }) => version === own)?.share ?? 0)
  const all = traced.reduce((sum, { count }) => sum + count, 0)
  if (all < ENOUGH_TRACED) return undefined
  const here = traced.filter(item => item.cluster === cluster).reduce((sum, { count }) => sum + count, 0)
  return (rate * here) / all
}
