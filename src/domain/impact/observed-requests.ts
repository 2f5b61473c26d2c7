import type { RoutingRequest } from '../routing/request.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import type { Trace } from '../traces/trace.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'
import { exampleRequests, type UndecidableReason } from './example-requests.ts'
import { findMatchedHeaders } from './matched-headers.ts'
import { formsWithHeaders } from './request-forms.ts'
import { countTracedRequests } from './traced-requests.ts'

/** Requests of one caller to one service that were observed in the last minutes and are decided together. */
export interface ObservedRequest {
  /** `namespace/service` of the caller; `/unknown` where nothing tells. */
  readonly source: string
  /** The forms that the requests can have: one where a trace tells, several where only the rules' conditions do. */
  readonly forms: readonly [RoutingRequest, ...RoutingRequest[]]
  /** Requests a second: measured between the two services and shared out as the traces have them. */
  readonly rate: number
  /** False where the traffic was measured but no trace tells its paths: then the forms are examples. */
  readonly isTraced: boolean
  /** False where traces tell of the requests and no proxy counted them: the rate is then that of the traces. */
  readonly isMeasured: boolean
  /** False for a caller whose requests no proxy sends. */
  readonly hasProxy: boolean
  /** Whether who calls is only assumed, because there is no pod of the caller. */
  readonly isCallerAssumed: boolean
  /** Headers that rules ask for and no span records. */
  readonly hiddenHeaders: readonly string[]
}

/** Measured requests of which too little is known to decide them. */
export interface UndecidableRequests {
  readonly source: string
  readonly target: string
  readonly rate: number
  readonly reason: UndecidableReason
}

export interface ObservedRequests {
  readonly requests: readonly ObservedRequest[]
  readonly undecidable: readonly UndecidableRequests[]
  /** Pairs of services whose connections no proxy reads as requests: what becomes of these is not decided. */
  readonly connectionEdges: readonly string[]
}

/**
 * Every request that traces and measured traffic tell of. Traces have paths and headers but only a sample of the
 * requests; the proxies' figures have every request but neither, so the rate of an edge is shared out among its traced
 * requests. What is measured and not traced is decided by examples; the rates add up to the measured ones.
 */
export function observeRequests({
  before,
  after,
  traces,
  edges,
  seconds,
}: {
  /** The mesh as it is, and as it is going to be: the rules of both say what is to be known of a request. */
  readonly before: SimulatedMesh
  readonly after: SimulatedMesh
  readonly traces: readonly Trace[]
  readonly edges: readonly TrafficEdge[]
  /** How long the traces were collected. */
  readonly seconds: number
}): ObservedRequests {
  const simulated = [before, after]
  const headerNames = new Set(simulated.flatMap(({ objects }) => [...findMatchedHeaders(objects).all]))
  const measured = new Map(edges.map(edge => [edge.id, edge]))
  const traced = countTracedRequests(before, traces, headerNames).map(item => ({
    ...item,
    edge: findEdge(measured, item.sources, item.targets),
  }))
  const counts = new Map<string, number>()
  for (const { edge, count } of traced)
    if (edge !== undefined) counts.set(edge.id, (counts.get(edge.id) ?? 0) + count)

  const fromTraces = traced.map(
    ({ request, source, hasProxy, hiddenHeaders, count, edge }): ObservedRequest => ({
      source,
      forms: formsWithHeaders(simulated, request, hiddenHeaders),
      rate:
        edge === undefined ? count / seconds : (edge.requests.rate * count) / (counts.get(edge.id) ?? count),
      isTraced: true,
      isMeasured: edge !== undefined,
      hasProxy,
      isCallerAssumed: false,
      hiddenHeaders,
    }),
  )
  const requests: ObservedRequest[] = [...fromTraces]
  const undecidable: UndecidableRequests[] = []
  for (const edge of edges) {
    if (counts.has(edge.id) || edge.requests.rate === 0) continue
    const { source, target, requests: figures } = edge
    const examples = exampleRequests(before, after, edge)
    if (typeof examples === 'string')
      undecidable.push({ source, target, rate: figures.rate, reason: examples })
    else
      requests.push({
        source,
        ...examples,
        rate: figures.rate,
        isTraced: false,
        isMeasured: true,
        hiddenHeaders: [],
      })
  }
  const connectionEdges = edges
    .filter(({ requests: figures, connections }) => figures.rate === 0 && connections !== undefined)
    .map(({ id }) => id)
  return { requests, undecidable, connectionEdges }
}

function findEdge(
  edges: ReadonlyMap<string, TrafficEdge>,
  sources: readonly string[],
  targets: readonly string[],
): TrafficEdge | undefined {
  for (const source of sources)
    for (const target of targets) {
      const edge = edges.get(`${source}>${target}`)
      if (edge !== undefined) return edge
    }
  return undefined
}
