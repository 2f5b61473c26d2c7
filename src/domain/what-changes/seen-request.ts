import type { Mesh } from '../mesh/mesh.ts'
import { findService } from '../routing/connection.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { requestOfSpan } from '../traces/request-of-span.ts'
import { tagOf } from '../traces/trace-figures.ts'
import type { Span, Trace } from '../traces/trace.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'

/** Requests of one form that were seen in the last minutes. */
export interface SeenRequest {
  readonly request: RoutingRequest
  /** `namespace/service` of the caller. */
  readonly source: string
  /** Requests a second: measured between the two services and shared out as the traces have them. */
  readonly rate: number
  /** False where the traffic was measured but no trace tells its paths: then path and method are only an example. */
  readonly isTraced: boolean
  /** Headers that rules ask for and the spans do not tell. */
  readonly unknownHeaders: readonly string[]
}

interface Counted {
  readonly request: RoutingRequest
  readonly source: string
  readonly edge: string
  readonly unknownHeaders: readonly string[]
  count: number
}

/**
 * The requests that traces and measured traffic tell of. Traces have paths and headers but only a sample of the requests;
 * the proxies' figures have every request but neither, so the rate of an edge is shared out among its traced requests.
 */
export function collectSeenRequests({
  mesh,
  traces,
  edges,
  headerNames,
  seconds,
}: {
  readonly mesh: Mesh
  readonly traces: readonly Trace[]
  readonly edges: readonly TrafficEdge[]
  readonly headerNames: ReadonlySet<string>
  /** How long the traces were collected. */
  readonly seconds: number
}): readonly SeenRequest[] {
  const traced = countTraced(mesh, traces, headerNames)
  const perEdge = new Map<string, number>()
  for (const { edge, count } of traced) perEdge.set(edge, (perEdge.get(edge) ?? 0) + count)
  const rates = new Map(edges.map(({ id, requests }) => [id, requests.rate]))
  const seen = traced.map(({ request, source, edge, unknownHeaders, count }): SeenRequest => {
    const rate = rates.get(edge)
    const share = count / (perEdge.get(edge) ?? count)
    return {
      request,
      source,
      unknownHeaders,
      isTraced: true,
      rate: rate === undefined ? count / seconds : rate * share,
    }
  })
  return [...seen, ...edges.filter(({ id }) => !perEdge.has(id)).flatMap(edge => exampleOf(mesh, edge) ?? [])]
}

function countTraced(
  mesh: Mesh,
  traces: readonly Trace[],
  headerNames: ReadonlySet<string>,
): readonly Counted[] {
  const found = new Map<string, Counted>()
  for (const { spans } of traces) {
    const byId = new Map(spans.map(span => [span.id, span]))
    for (const span of spans) {
      if (isSecondSpan(span, byId)) continue
      const told = requestOfSpan(mesh, span, headerNames)
      if (told === undefined) continue
      const { request, source, unknownHeaders } = told
      const key = JSON.stringify([
        source,
        request.method,
        request.host,
        request.port,
        request.path,
        request.headers,
      ])
      const known = found.get(key)
      if (known !== undefined) known.count += 1
      else
        found.set(key, {
          request,
          source,
          unknownHeaders,
          count: 1,
          edge: `${source}>${targetOf(mesh, request)}`,
        })
    }
  }
  return [...found.values()]
}

/**
 * Whether a span is the upstream half of its parent: a gateway's proxy writes one for the request that came and one for
 * the request that it sends on. Source: Envoy, `spawn_upstream_span` of the HTTP connection manager's tracing.
 */
function isSecondSpan(span: Span, byId: ReadonlyMap<string, Span>): boolean {
  const parent = span.parentId === undefined ? undefined : byId.get(span.parentId)
  if (parent === undefined) return false
  const node = tagOf(span, 'node_id')
  return (
    node !== undefined &&
    node === tagOf(parent, 'node_id') &&
    tagOf(span, 'guid:x-request-id') === tagOf(parent, 'guid:x-request-id') &&
    tagOf(span, 'http.url') === tagOf(parent, 'http.url')
  )
}

function targetOf(mesh: Mesh, { from, host }: RoutingRequest): string {
  const service = findService(mesh, from, host.toLowerCase())
  return service === undefined ? `/${host}` : `${service.namespace}/${service.name}`
}

/** A request that stands for an edge without traces; undefined for what is not HTTP or has no known ends. */
function exampleOf(mesh: Mesh, { source, target, protocol, requests }: TrafficEdge): SeenRequest | undefined {
  const [namespace = '', name = ''] = source.split('/')
  const [targetNamespace = '', targetName = ''] = target.split('/')
  const service = mesh.services.find(each => each.namespace === targetNamespace && each.name === targetName)
  const pod = mesh.podsByNamespace
    .get(namespace)
    ?.find(
      ({ labels, hasProxy }) => hasProxy && [labels['app'], labels['app.kubernetes.io/name']].includes(name),
    )
  const isGateway =
    pod !== undefined && mesh.gateways.some(({ selector }) => isSelected(selector, pod.labels))
  if (service === undefined || pod === undefined || isGateway || !/^(http|grpc)/.test(protocol))
    return undefined
  const { labels, serviceAccount } = pod
  const [port] = service.ports
  return {
    request: {
      from: { kind: 'workload', namespace, labels, serviceAccount },
      scheme: 'http',
      method: protocol === 'grpc' ? 'POST' : 'GET',
      host: service.host,
      port: port?.number ?? 80,
      path: '/',
      headers: {},
      tls: 'none',
    },
    source,
    rate: requests.rate,
    isTraced: false,
    unknownHeaders: [],
  }
}

const isSelected = (
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value)
