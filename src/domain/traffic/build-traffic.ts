import { groupBy } from '../group-by.ts'
import type { Flow } from './flow.ts'
import { quantile } from './quantile.ts'
import { isDenied, isError } from './response-class.ts'
import type {
  ConnectionFigures,
  RequestFigures,
  TrafficEdge,
  TrafficNode,
  TrafficSnapshot,
  VersionFigures,
} from './traffic-snapshot.ts'

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
    deniedShare: requests === 0 ? 0 : sum(flows.filter(isDenied)) / requests,
    p50: quantile(0.5, buckets),
    p95: quantile(0.95, buckets),
    p99: quantile(0.99, buckets),
  }
}

function versionsOf(flows: readonly Flow[], seconds: number): VersionFigures[] {
  // A request that reached no pod has no version.
  const versioned = flows.filter(({ version, requests }) => version !== '' && requests > 0)
  const requests = sum(versioned)
  return [...groupBy(versioned, ({ version }) => version)]
    .map(([version, own]) => ({ version, share: sum(own) / requests, ...figuresOf(own, seconds) }))
    .sort((a, b) => (a.version < b.version ? -1 : 1))
}

const isRequest = ({ requests }: Flow): boolean => requests > 0

const responseOf = (
  flow: Flow | undefined,
): { readonly code: string; readonly flags: string; readonly grpcStatus?: string } => ({
  code: flow?.code ?? '',
  flags: flow?.flags ?? '-',
  ...(flow === undefined || flow.grpcStatus === '' ? {} : { grpcStatus: flow.grpcStatus }),
})

/**
 * Flows of one edge, from one reporter, as each request is counted by every proxy that it passes. The caller's proxy knows
 * of requests that never arrived; without it a waypoint's word counts; without both, what did arrive is all that is known.
 */
function countedFlows(flows: readonly Flow[]): readonly Flow[] {
  for (const reporter of ['source', 'waypoint', 'destination'] as const) {
    const own = flows.filter(flow => flow.reporter === reporter && isRequest(flow))
    if (own.length > 0) return own
  }
  return flows.filter(({ reporter }) => reporter === (flows[0]?.reporter ?? 'source'))
}

/** The connections of an edge that nobody read as requests, from one reporter; undefined where there are none. */
function connectionsOf(flows: readonly Flow[], seconds: number): ConnectionFigures | undefined {
  for (const reporter of ['source', 'destination', 'waypoint'] as const) {
    const own = flows.filter(
      flow =>
        flow.reporter === reporter &&
        flow.connectionsOpened + flow.connectionsClosed + flow.bytesSent + flow.bytesReceived > 0,
    )
    if (own.length === 0) continue
    const rateOf = (pick: (flow: Flow) => number): number =>
      own.reduce((total, flow) => total + pick(flow), 0) / seconds
    return {
      opened: rateOf(flow => flow.connectionsOpened),
      failedShare: failedShareOf(own),
      bytesSent: rateOf(flow => flow.bytesSent),
      bytesReceived: rateOf(flow => flow.bytesReceived),
    }
  }
  return undefined
}

/** Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage (response flags) */
const FAILED_FLAGS: ReadonlySet<string> = new Set(['UF', 'UH', 'UC', 'UO', 'URX', 'NR', 'NC', 'UAEX'])

function failedShareOf(flows: readonly Flow[]): number {
  const closed = flows.reduce((total, flow) => total + flow.connectionsClosed, 0)
  const failed = flows
    .filter(({ flags }) => flags.split(',').some(flag => FAILED_FLAGS.has(flag)))
    .reduce((total, flow) => total + flow.connectionsClosed, 0)
  return closed === 0 ? 0 : failed / closed
}

function edgeOf(source: string, target: string, all: readonly Flow[], seconds: number): TrafficEdge {
  const flows = countedFlows(all)
  const codes = [...groupBy(flows.filter(isRequest), flow => JSON.stringify(responseOf(flow))).values()].map(
    own => ({ ...responseOf(own[0]), rate: sum(own) / seconds }),
  )
  // Only the destination knows how a request arrived: the source reports `unknown`. A node's own proxy knows it too.
  const arrived = all.filter(flow => flow.reporter !== 'source')
  const tunnelled = all.filter(flow => flow.reporter === 'source' && flow.isMutualTls)
  const told = arrived.length > 0 ? arrived : tunnelled
  const secured = told.filter(({ isMutualTls }) => isMutualTls).length
  const connections = connectionsOf(all, seconds)
  return {
    id: `${source}>${target}`,
    source,
    target,
    protocol: flows.find(isRequest)?.protocol ?? flows[0]?.protocol ?? 'http',
    requests: figuresOf(flows, seconds),
    versions: versionsOf(flows, seconds),
    codes: codes.sort((a, b) => b.rate - a.rate),
    ...(connections === undefined ? {} : { connections }),
    mutualTls:
      told.length === 0 ? 'unknown' : secured === told.length ? 'all' : secured > 0 ? 'some' : 'none',
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
  const effective = [...byEdge.values()].flatMap(own => [...countedFlows(own)])
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
