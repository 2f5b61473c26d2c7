import { groupBy } from '../group-by.ts'
import type { Flow } from './flow.ts'
import { quantile } from './quantile.ts'
import type {
  RequestFigures,
  TrafficEdge,
  TrafficNode,
  TrafficSnapshot,
  VersionFigures,
} from './traffic-snapshot.ts'

/**
 * Whether a request failed: an HTTP 5xx, or no answer at all (Envoy's code 0).
 * Source: https://istio.io/latest/docs/concepts/observability/#metrics
 */
const isError = ({ code }: Flow): boolean => code === '0' || code.startsWith('5')

const sum = (flows: readonly Flow[]): number => flows.reduce((total, { requests }) => total + requests, 0)

function addBuckets(flows: readonly Flow[]): Map<number, number> {
  const total = new Map<number, number>()
  for (const { buckets } of flows)
    for (const [bound, count] of buckets) total.set(bound, (total.get(bound) ?? 0) + count)
  return total
}

function figuresOf(flows: readonly Flow[], seconds: number): RequestFigures {
  const requests = sum(flows)
  const buckets = addBuckets(flows)
  return {
    rate: requests / seconds,
    errorShare: requests === 0 ? 0 : sum(flows.filter(isError)) / requests,
    p50: quantile(0.5, buckets),
    p95: quantile(0.95, buckets),
    p99: quantile(0.99, buckets),
  }
}

function versionsOf(flows: readonly Flow[], seconds: number): VersionFigures[] {
  // A request that reached no pod has no version.
  const versioned = flows.filter(({ version }) => version !== '')
  const requests = sum(versioned)
  return [...groupBy(versioned, ({ version }) => version)]
    .map(([version, own]) => ({ version, share: sum(own) / requests, ...figuresOf(own, seconds) }))
    .sort((a, b) => (a.version < b.version ? -1 : 1))
}

function edgeOf(source: string, target: string, all: readonly Flow[], seconds: number): TrafficEdge {
  const destinationFlows = all.filter(({ reporter }) => reporter === 'destination')
  const sourceFlows = all.filter(({ reporter }) => reporter === 'source')
  // The caller's proxy knows of requests that never arrived; without it, what did arrive is all that is known.
  const flows = sourceFlows.length > 0 ? sourceFlows : destinationFlows
  const codes = [...groupBy(flows, ({ code, flags }) => `${code} ${flags}`)].map(([text, own]) => {
    const [code = '', flags = '-'] = text.split(' ')
    return { code, flags, rate: sum(own) / seconds }
  })
  // Only the destination knows how a request arrived: the source reports `unknown`.
  const secured = destinationFlows.filter(({ isMutualTls }) => isMutualTls).length
  return {
    id: `${source}>${target}`,
    source,
    target,
    protocol: flows[0]?.protocol ?? 'http',
    requests: figuresOf(flows, seconds),
    versions: versionsOf(flows, seconds),
    codes: codes.sort((a, b) => b.rate - a.rate),
    mutualTls:
      destinationFlows.length === 0
        ? 'unknown'
        : secured === destinationFlows.length
          ? 'all'
          : secured > 0
            ? 'some'
            : 'none',
  }
}

function nodeOf(
  id: string,
  flows: readonly Flow[],
  seconds: number,
  kindOf: (id: string) => TrafficNode['kind'],
): TrafficNode {
  const [namespace = '', name = ''] = id.split('/')
  return {
    id,
    namespace,
    name,
    kind: kindOf(id),
    inbound: figuresOf(flows, seconds),
    versions: versionsOf(flows, seconds),
  }
}

/** Flows of the same edge, from the reporter that counts. */
const counted = (flows: readonly Flow[]): readonly Flow[] => {
  const bySource = flows.filter(({ reporter }) => reporter === 'source')
  return bySource.length > 0 ? bySource : flows
}

/**
 * The graph of what flowed during `seconds`. `kindOf` says what a node is, from what the cluster's objects tell.
 * A gateway's inbound figures are what it passed on: nothing before it reports.
 */
export function buildTraffic(
  flows: readonly Flow[],
  { at, seconds, kindOf }: { at: number; seconds: number; kindOf: (id: string) => TrafficNode['kind'] },
): TrafficSnapshot {
  const byEdge = groupBy(flows, ({ source, target }) => `${source}>${target}`)
  const edges = [...byEdge.values()].map(own => {
    const [first] = own
    return edgeOf(first?.source ?? '', first?.target ?? '', own, seconds)
  })
  const effective = [...byEdge.values()].flatMap(own => [...counted(own)])
  const inbound = groupBy(effective, ({ target }) => target)
  const outbound = groupBy(effective, ({ source }) => source)
  const ids = new Set([...inbound.keys(), ...outbound.keys()])
  const nodes = [...ids].map(id => {
    const own = inbound.get(id)
    const passedOn = kindOf(id) === 'gateway' ? outbound.get(id) : undefined
    // What a gateway passes on has the versions of its callees, not its own.
    return nodeOf(id, own ?? passedOn?.map(flow => ({ ...flow, version: '' })) ?? [], seconds, kindOf)
  })
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
  return { at, nodes: nodes.sort(byId), edges: edges.sort(byId) }
}
