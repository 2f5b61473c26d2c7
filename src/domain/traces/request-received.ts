import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { MeshService } from '../istio/service.ts'
import { findService } from '../routing/listener/connection.ts'
import { readClusterName } from '../routing/endpoint/destinations.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'
import { splitAuthority } from '../routing/listener/split-authority.ts'
import { callerOfSpan } from './caller-of-span.ts'
import { clusterOfSpan } from './cluster-of-span.ts'
import { readTagHeaders } from './read-tag-headers.ts'
import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/** A request that came in from a caller without a proxy, as the callee's span tells it. */
export interface ReceivedRequest {
  readonly request: RoutingRequest
  /** `namespace/app` of the caller by its address; `/unknown` where no pod has the address. */
  readonly source: string
  readonly service: MeshService
}

/**
 * The request of a span of the callee's proxy that no proxy of the caller sent; undefined for other spans, and where the
 * caller has a proxy, whose own span tells more.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/tracing (`peer.address`)
 */
export function requestReceived(
  mesh: Mesh,
  span: Span,
  headerNames: Iterable<string> = [],
): ReceivedRequest | undefined {
  const cluster = clusterOfSpan(span)
  const callee = callerOfSpan(mesh, span)
  const url = /^https?:\/\/([^/]+)(.*)$/.exec(tagOf(span, 'http.url') ?? '')
  if (callee?.kind !== 'workload' || url === null) return undefined
  // A request that the callee's own policy denies has no cluster, but the kind of a server's span.
  const isInbound =
    cluster.startsWith('inbound|') || (cluster === '' && tagOf(span, 'span.kind') === 'server')
  if (!isInbound) return undefined
  const address = (tagOf(span, 'peer.address') ?? '').replace(/^\[|\]$/g, '')
  const pod = address === '' ? undefined : mesh.pods.find(({ ip }) => ip === address)
  if (pod?.hasProxy === true) return undefined
  const from: Caller = {
    kind: 'workload',
    namespace: pod?.namespace ?? '',
    labels: pod?.labels ?? {},
    ...(pod === undefined ? {} : { serviceAccount: pod.serviceAccount }),
    hasProxy: false,
  }
  const [, authority = '', path = ''] = url
  const { host, port: written } = splitAuthority(authority)
  const podPort = Number(cluster.split('|')[1] ?? '')
  const service = findService(mesh, from, host.toLowerCase()) ?? serviceOfPod(mesh, callee, podPort)
  if (service === undefined || readClusterName(cluster)?.direction === 'outbound') return undefined
  const own = service.ports.find(
    ({ number, targetPort }) => number === written || (written === undefined && targetPort === podPort),
  )
  return {
    request: {
      from,
      scheme: 'http',
      method: tagOf(span, 'http.method') ?? 'GET',
      host: service.host,
      port: own?.number ?? service.ports[0]?.number ?? 80,
      path: path.startsWith('/') ? path : `/${path}`,
      headers: readTagHeaders(span, headerNames),
      tls: 'none',
    },
    source: pod === undefined ? '/unknown' : `${pod.namespace}/${pod.labels['app'] ?? pod.name}`,
    service,
  }
}

/** The service that selects the callee; the one with the port where several do. */
function serviceOfPod(mesh: Mesh, { namespace, labels }: Caller, podPort: number): MeshService | undefined {
  const own = mesh.services.filter(
    service =>
      service.namespace === namespace &&
      service.selector !== undefined &&
      Object.keys(service.selector).length > 0 &&
      selects(service.selector, labels),
  )
  return own.find(({ ports }) => ports.some(({ targetPort }) => targetPort === podPort)) ?? own[0]
}
