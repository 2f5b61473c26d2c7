import { nodeType } from '../traffic/instance.ts'
import type { ProxyRecord } from './proxy-record.ts'

export interface SpanTag {
  readonly key: string
  readonly value: string
}

/** One span of a record, ready to be written in Jaeger's form. */
export interface RecordedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId?: string
  readonly service: string
  readonly operation: string
  readonly ip: string
  /** Microseconds. */
  readonly start: number
  readonly duration: number
  readonly kind: 'client' | 'server'
  readonly record: ProxyRecord
}

/** The spans of the last traces. A trace costs little until someone asks for its tags. */
export class TraceStore {
  readonly #traces = new Map<string, ProxyRecord[]>()
  readonly #limit: number

  constructor(limit = 5000) {
    this.#limit = limit
  }

  add(record: ProxyRecord): void {
    const known = this.#traces.get(record.traceId)
    if (known) {
      known.push(record)
      return
    }
    this.#traces.set(record.traceId, [record])
    if (this.#traces.size <= this.#limit) return
    for (const oldest of this.#traces.keys()) {
      this.#traces.delete(oldest)
      return
    }
  }

  get(traceId: string): readonly RecordedSpan[] | undefined {
    return this.#traces.get(traceId)?.flatMap(spansOf)
  }

  /** Newest first. */
  *newest(): Generator<readonly RecordedSpan[]> {
    for (const records of [...this.#traces.values()].reverse()) yield records.flatMap(spansOf)
  }

  services(): readonly string[] {
    const names = new Set<string>()
    for (const records of this.#traces.values()) for (const record of records) names.add(serviceOf(record))
    return [...names].sort()
  }

  /** Operations and span kinds of a service. */
  operations(service: string): readonly { readonly name: string; readonly spanKind: string }[] {
    const found = new Map<string, { name: string; spanKind: string }>()
    for (const records of this.#traces.values())
      for (const record of records)
        if (serviceOf(record) === service)
          for (const { operation, kind } of spansOf(record))
            found.set(`${operation} ${kind}`, { name: operation, spanKind: kind })
    return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  }
}

const serviceOf = ({ proxy }: ProxyRecord): string => `${proxy.canonicalService}.${proxy.namespace}`

function spansOf(record: ProxyRecord): RecordedSpan[] {
  const common = {
    traceId: record.traceId,
    service: serviceOf(record),
    ip: record.proxy.ip,
    start: Math.round(record.start * 1000),
    duration: Math.max(1, Math.round(record.duration * 1000)),
    record,
  }
  const parent = record.parentId === undefined ? {} : { parentId: record.parentId }
  const own: RecordedSpan = {
    ...common,
    ...parent,
    spanId: record.spanId,
    operation: record.operation,
    kind: record.direction === 'inbound' || record.upstreamSpanId !== undefined ? 'server' : 'client',
  }
  if (record.upstreamSpanId === undefined) return [own]
  const upstream: RecordedSpan = {
    ...common,
    spanId: record.upstreamSpanId,
    parentId: record.spanId,
    operation: `router ${record.upstreamCluster ?? 'unknown'} egress`,
    start: common.start + 100,
    duration: Math.max(1, common.duration - 200),
    kind: 'client',
  }
  return [own, upstream]
}

/** The tags that Istio's proxies set. Source: https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/ */
export function tagsOf({ record, kind }: RecordedSpan): readonly SpanTag[] {
  const { proxy } = record
  const cluster = record.upstreamCluster ?? '-'
  const tags: Record<string, string> = {
    component: 'proxy',
    node_id: `${nodeType(proxy)}~${proxy.ip}~${proxy.name}.${proxy.namespace}~${proxy.namespace}.svc.cluster.local`,
    'guid:x-request-id': record.requestId,
    'http.url': `http://${record.authority}${record.path}`,
    'http.method': record.method,
    'http.protocol': 'HTTP/1.1',
    'http.status_code': String(record.code),
    response_flags: record.flags,
    request_size: String(record.requestBytes),
    response_size: String(record.responseBytes),
    upstream_cluster: cluster,
    'upstream_cluster.name': cluster,
    user_agent: record.userAgent,
    downstream_cluster: '-',
    'peer.address': record.downstreamRemote.replace(/:\d+$/, ''),
    'istio.canonical_service': proxy.canonicalService,
    'istio.canonical_revision': proxy.canonicalRevision,
    'istio.cluster_id': 'Kubernetes',
    'istio.mesh_id': 'cluster.local',
    'istio.namespace': proxy.namespace,
    'span.kind': kind,
    'internal.span.format': 'zipkin',
    ...record.customTags,
    ...(record.code === 0 || record.code >= 500 ? { error: 'true' } : {}),
  }
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}
