import type { Mesh } from '../istio/mesh.ts'
import type { MeshService } from '../istio/service.ts'
import { findService } from '../routing/listener/connection.ts'
import { readClusterName } from '../routing/endpoint/destinations.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import { clusterOfSpan } from '../traces/cluster-of-span.ts'
import { requestReceived } from '../traces/request-received.ts'
import { requestOfSpan } from '../traces/request-of-span.ts'
import { tagOf } from '../traces/trace-figures.ts'
import type { Span, Trace } from '../traces/trace.ts'

/** Requests of one form to one service, as spans tell of them. */
export interface TracedRequests {
  readonly request: RoutingRequest
  /** `namespace/service` of the caller. */
  readonly source: string
  readonly hasProxy: boolean
  /** What the proxies' figures may call the caller and the callee, the likeliest first. */
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  /** Headers that rules ask for and no span of the traces records. */
  readonly hiddenHeaders: readonly string[]
  /** The Envoy cluster that it was sent to, with the subset; empty where it was sent nowhere. */
  readonly cluster: string
  readonly count: number
}

/** How the proxies' figures name a service: `namespace/name`. */
export const trafficIdOf = ({ namespace, name, host, isExternal }: MeshService): string =>
  `${namespace}/${isExternal ? host : name}`

/** The requests that the spans of some traces tell of, counted by their form. */
export function countTracedRequests(
  simulated: SimulatedMesh,
  traces: readonly Trace[],
  headerNames: ReadonlySet<string>,
): readonly TracedRequests[] {
  const { mesh } = simulated
  // A tag of a header is only there where the request has the header: one that is never there is not recorded.
  const recorded = new Set(
    traces.flatMap(({ spans }) => spans.flatMap(({ tags }) => tags.map(({ key }) => key.toLowerCase()))),
  )
  const hidden = [...headerNames].filter(name => !recorded.has(name))
  const found = new Map<string, TracedRequests & { count: number }>()
  const add = (item: Omit<TracedRequests, 'hiddenHeaders' | 'count'>): void => {
    const { source, request, targets, cluster } = item
    const { method, host, port, path, headers } = request
    const key = JSON.stringify([source, method, host, port, path, headers, targets, cluster])
    const known = found.get(key)
    if (known === undefined) found.set(key, { ...item, hiddenHeaders: hidden, count: 1 })
    else known.count += 1
  }
  for (const { spans } of traces) {
    const byId = new Map(spans.map(span => [span.id, span]))
    for (const span of spans) {
      const parent = span.parentId === undefined ? undefined : byId.get(span.parentId)
      if (isSecondSpan(span, parent)) continue
      const sent = requestOfSpan(mesh, span, headerNames)
      if (sent !== undefined) {
        const { request, source } = sent
        const targets = targetsOf(simulated, span, request)
        add({
          request,
          source,
          hasProxy: true,
          sources: [source],
          targets,
          cluster: clusterOfSpan(span),
        })
        continue
      }
      if (parent !== undefined && clusterOfSpan(parent).startsWith('outbound|')) continue
      const received = requestReceived(mesh, span, headerNames)
      if (received === undefined) continue
      const { request, source, service } = received
      // The callee's proxy does not know a caller that has none, unless the control plane told it of all pods.
      add({
        request,
        source,
        hasProxy: false,
        sources: ['/unknown', source],
        targets: [trafficIdOf(service)],
        cluster: '',
      })
    }
  }
  return [...found.values()]
}

/** The services that the proxies' figures may name as the callee of a span's request. */
function targetsOf(simulated: SimulatedMesh, span: Span, request: RoutingRequest): readonly string[] {
  const { mesh } = simulated
  const cluster = readClusterName(clusterOfSpan(span))
  const service = cluster === undefined ? undefined : mesh.registry.get(cluster.host)
  if (service !== undefined) return [trafficIdOf(service)]
  // Refused before a cluster was chosen: the figures have the one that the rules chose, or none.
  const decided = decideSimulated(simulated, request).destinations.flatMap(
    ({ host }) => mesh.registry.get(host) ?? [],
  )
  const called = calledService(mesh, request)
  const named = [...decided, ...(called === undefined ? [] : [called])].map(trafficIdOf)
  return [...new Set([...named, `/${request.host}`, '/unknown', '/PassthroughCluster', '/BlackHoleCluster'])]
}

const calledService = (mesh: Mesh, { from, host }: RoutingRequest): MeshService | undefined =>
  findService(mesh, from, host.toLowerCase())

/**
 * Whether a span is the upstream half of its parent: a gateway's proxy writes one for the request that came and one for
 * the request that it sends on. Source: Envoy, `spawn_upstream_span` of the HTTP connection manager's tracing.
 */
function isSecondSpan(span: Span, parent: Span | undefined): boolean {
  if (parent === undefined) return false
  const node = tagOf(span, 'node_id')
  return (
    node !== undefined &&
    node === tagOf(parent, 'node_id') &&
    tagOf(span, 'guid:x-request-id') === tagOf(parent, 'guid:x-request-id') &&
    tagOf(span, 'http.url') === tagOf(parent, 'http.url')
  )
}
