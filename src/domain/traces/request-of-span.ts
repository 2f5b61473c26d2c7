import type { Mesh } from '../istio/mesh.ts'
import { findService } from '../routing/listener/connection.ts'
import { readClusterName } from '../routing/endpoint/destinations.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { splitAuthority } from '../routing/listener/split-authority.ts'
import { callerOfSpan } from './caller-of-span.ts'
import { clusterOfSpan } from './cluster-of-span.ts'
import { readTagHeaders } from './read-tag-headers.ts'
import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/** A request as a span tells it. */
export interface SpanRequest {
  readonly request: RoutingRequest
  /** Who sent it, by its proxy: `namespace/service`. */
  readonly source: string
}

/**
 * The request that a proxy sent on, as far as its span tells; undefined for a span of any other kind. Headers are known
 * where the mesh records them as tags (`customTags`), so they are looked for by name.
 * Source: https://istio.io/latest/docs/tasks/observability/distributed-tracing/ (tags of Envoy's spans)
 */
export function requestOfSpan(
  mesh: Mesh,
  span: Span,
  headerNames: Iterable<string> = [],
): SpanRequest | undefined {
  const cluster = clusterOfSpan(span)
  const from = callerOfSpan(mesh, span)
  const url = /^(https?):\/\/([^/]+)(.*)$/.exec(tagOf(span, 'http.url') ?? '')
  if (from === undefined || url === null || cluster.startsWith('inbound|')) return undefined
  // A request that no rule took has no cluster; a sidecar's span then tells its direction by its kind alone.
  if (cluster === '' && from.kind === 'workload' && tagOf(span, 'span.kind') !== 'client') return undefined
  const [, scheme, authority = '', path = ''] = url
  const { host, port: written } = splitAuthority(authority)
  const isSecure = scheme === 'https' && from.kind === 'gateway'
  const port =
    written ?? (from.kind === 'gateway' ? (isSecure ? 443 : 80) : portOf(mesh, span, cluster, host))
  return {
    request: {
      from,
      scheme: isSecure ? 'https' : 'http',
      method: tagOf(span, 'http.method') ?? 'GET',
      host,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers: readTagHeaders(span, headerNames),
      tls: isSecure ? 'simple' : 'none',
      ...(isSecure ? { sni: host } : {}),
    },
    source: sourceOf(span),
  }
}

/** The port that was called: that of the cluster where the request went where it was sent. */
function portOf(mesh: Mesh, span: Span, cluster: string, host: string): number {
  const from = callerOfSpan(mesh, span)
  const target = readClusterName(cluster)
  const service = from && findService(mesh, from, host)
  const ports = service?.ports.map(({ number }) => number) ?? []
  if (target !== undefined && (ports.length === 0 || ports.includes(target.port))) return target.port
  return ports.includes(80) ? 80 : (ports[0] ?? 80)
}

/** Jaeger has `service.namespace` as the name of a mesh's service. */
function sourceOf(span: Span): string {
  const name = tagOf(span, 'istio.canonical_service')
  const namespace = tagOf(span, 'istio.namespace')
  if (name !== undefined && namespace !== undefined) return `${namespace}/${name}`
  const dot = span.service.indexOf('.')
  return dot === -1 ? `/${span.service}` : `${span.service.slice(dot + 1)}/${span.service.slice(0, dot)}`
}
