import { applyTags, metricTags, type Attributes } from '../../../domain/istio/telemetry/metric-tags.ts'
import type { MetricOverride, ReporterMode } from '../../../domain/istio/telemetry/telemetry.ts'
import type { Instance } from '../traffic/instance.ts'
import type { ConnectionRecord } from './connection-record.ts'
import type { ProxyRecord } from './proxy-record.ts'

/** Envoy's default buckets, which Istio's histograms have. */
const bounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
] as const

class Histogram {
  readonly #counts = new Float64Array(bounds.length)
  #sum = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    this.#sum += value
    this.#count += 1
    const index = bounds.findIndex(bound => value <= bound)
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  write(name: string, labels: string, lines: string[]): void {
    let total = 0
    bounds.forEach((bound, index) => {
      total += this.#counts[index] ?? 0
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${total}`)
    })
    lines.push(
      `${name}_bucket{${labels},le="+Inf"} ${this.#count}`,
      `${name}_sum{${labels}} ${this.#sum}`,
      `${name}_count{${labels}} ${this.#count}`,
    )
  }
}

const FAMILIES = [
  { metric: 'REQUEST_COUNT', name: 'istio_requests_total', valueOf: () => 1 },
  {
    metric: 'REQUEST_DURATION',
    name: 'istio_request_duration_milliseconds',
    valueOf: ({ duration }: ProxyRecord) => duration,
  },
  {
    metric: 'REQUEST_SIZE',
    name: 'istio_request_bytes',
    valueOf: (record: ProxyRecord) => record.requestBytes,
  },
  {
    metric: 'RESPONSE_SIZE',
    name: 'istio_response_bytes',
    valueOf: (record: ProxyRecord) => record.responseBytes,
  },
] as const

const CONNECTION_FAMILIES = [
  { metric: 'TCP_OPENED_CONNECTIONS', name: 'istio_tcp_connections_opened_total', valueOf: () => 1 },
  { metric: 'TCP_CLOSED_CONNECTIONS', name: 'istio_tcp_connections_closed_total', valueOf: () => 1 },
  {
    metric: 'TCP_SENT_BYTES',
    name: 'istio_tcp_sent_bytes_total',
    valueOf: ({ sentBytes }: ConnectionRecord) => sentBytes,
  },
  {
    metric: 'TCP_RECEIVED_BYTES',
    name: 'istio_tcp_received_bytes_total',
    valueOf: ({ receivedBytes }: ConnectionRecord) => receivedBytes,
  },
] as const

/** Istio's standard metrics of one proxy. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export class ProxyMetrics {
  /** Histograms by metric and labels; of the counter only their count is written. */
  readonly #series = new Map<string, Map<string, Histogram>>()
  /** Counters of connections, by metric and labels. */
  readonly #connections = new Map<string, Map<string, number>>()

  /** Counts a request with the labels that the Telemetry objects leave it. */
  add(record: ProxyRecord, overrides: readonly MetricOverride[] = []): void {
    const labels = labelsOf(record)
    const mode = reporterMode(record)
    const plain = overrides.length === 0 ? writeLabels(labels) : undefined
    for (const { metric, name, valueOf } of FAMILIES) {
      const { isDisabled, tags } = metricTags(overrides, metric, mode)
      if (isDisabled) continue
      const text = plain ?? writeLabels(applyTags(labels, tags, attributesOf(record)))
      this.#seriesOf(name, text).add(valueOf(record))
    }
  }

  /** Counts a connection that nobody read requests in. */
  addConnection(record: ConnectionRecord, overrides: readonly MetricOverride[] = []): void {
    const labels = labelsOfConnection(record)
    const mode = record.reporter === 'source' ? 'CLIENT' : 'SERVER'
    for (const { metric, name, valueOf } of CONNECTION_FAMILIES) {
      const { isDisabled, tags } = metricTags(overrides, metric, mode)
      if (isDisabled) continue
      const text = writeLabels(applyTags(labels, tags, { 'response.flags': record.flags }))
      const family = this.#connections.get(name) ?? new Map<string, number>()
      this.#connections.set(name, family)
      family.set(text, (family.get(text) ?? 0) + valueOf(record))
    }
  }

  #seriesOf(name: string, labels: string): Histogram {
    const family = this.#series.get(name) ?? new Map<string, Histogram>()
    this.#series.set(name, family)
    const series = family.get(labels) ?? new Histogram()
    family.set(labels, series)
    return series
  }

  /** The text that Envoy serves, of the metrics whose names match. */
  write(filter = /^/): string {
    const lines: string[] = []
    for (const { metric, name } of FAMILIES) {
      if (!filter.test(name)) continue
      lines.push(`# TYPE ${name} ${metric === 'REQUEST_COUNT' ? 'counter' : 'histogram'}`)
      for (const [labels, series] of this.#series.get(name) ?? [])
        if (metric === 'REQUEST_COUNT') lines.push(`${name}{${labels}} ${series.count}`)
        else series.write(name, labels, lines)
    }
    for (const [name, series] of this.#connections) {
      if (!filter.test(name)) continue
      lines.push(`# TYPE ${name} counter`)
      for (const [labels, value] of series) lines.push(`${name}{${labels}} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }
}

type Labels = readonly (readonly [name: string, value: string])[]

/** What expressions of Telemetry can ask for. Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes */
export const attributesOf = (record: ProxyRecord): Attributes => ({
  'request.protocol': 'HTTP/1.1',
  'request.method': record.method,
  'request.host': record.authority,
  'request.path': record.path,
  'request.url_path': record.path.replace(/\?.*$/s, ''),
  'request.useragent': record.userAgent,
  'request.id': record.requestId,
  'request.size': record.requestBytes,
  'request.headers': { 'user-agent': record.userAgent, ...record.headers },
  'response.code': record.code,
  'response.flags': record.flags,
  'response.size': record.responseBytes,
  'response.code_details': record.details,
})

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const writeLabels = (labels: Labels): string =>
  labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')

/** The side of a call that a proxy stands for; a waypoint stands for the called. */
export const reporterMode = ({ direction, origin }: ProxyRecord): ReporterMode =>
  direction === 'outbound' && origin === undefined ? 'CLIENT' : 'SERVER'

function labelsOf(record: ProxyRecord): Labels {
  const isSource = record.direction === 'outbound'
  const { proxy, peer, origin, isPeerMutual, service } = record
  const [source, destination] = isSource ? [origin ?? proxy, peer] : [peer, proxy]
  const reporter = origin !== undefined ? 'waypoint' : isSource ? 'source' : 'destination'
  return [
    ['reporter', reporter],
    ...labelsOfEnds(source, destination, isPeerMutual || origin !== undefined, service),
    ['request_protocol', 'http'],
    ['response_code', String(record.code)],
    ['response_flags', record.flags],
    ['connection_security_policy', securityPolicy(reporter, isPeerMutual || origin !== undefined)],
  ]
}

const labelsOfConnection = ({
  reporter,
  source,
  destination,
  isMutual,
  service,
  flags,
  proxy,
}: ConnectionRecord): Labels => [
  ['reporter', reporter],
  ...labelsOfEnds(source, destination, isMutual, service),
  ['request_protocol', 'tcp'],
  ['response_flags', flags],
  // Ztunnel knows of both ends how the connection goes.
  [
    'connection_security_policy',
    securityPolicy(proxy.proxyMode === 'ztunnel' ? 'destination' : reporter, isMutual),
  ],
]

const securityPolicy = (reporter: string, isMutual: boolean): string =>
  reporter === 'source' ? 'unknown' : isMutual ? 'mutual_tls' : 'none'

function labelsOfEnds(
  source: Instance | undefined,
  destination: Instance | undefined,
  isMutual: boolean,
  service: ProxyRecord['service'],
): Labels {
  const principal = (instance: Instance | undefined): string =>
    instance && isMutual
      ? `spiffe://cluster.local/ns/${instance.namespace}/sa/${instance.serviceAccount}`
      : 'unknown'
  return [
    ['source_workload', source?.workload ?? 'unknown'],
    ['source_canonical_service', source?.canonicalService ?? 'unknown'],
    ['source_canonical_revision', source?.canonicalRevision ?? 'latest'],
    ['source_workload_namespace', source?.namespace ?? 'unknown'],
    ['source_principal', principal(source)],
    ['source_app', source?.app ?? 'unknown'],
    ['source_version', source?.version ?? 'unknown'],
    ['source_cluster', source ? 'Kubernetes' : 'unknown'],
    ['destination_workload', destination?.workload ?? 'unknown'],
    ['destination_workload_namespace', destination?.namespace ?? 'unknown'],
    ['destination_principal', principal(destination)],
    ['destination_app', destination?.app ?? 'unknown'],
    ['destination_version', destination?.version ?? 'unknown'],
    ['destination_service', service.host],
    ['destination_canonical_service', destination?.canonicalService ?? 'unknown'],
    ['destination_canonical_revision', destination?.canonicalRevision ?? 'latest'],
    ['destination_service_name', service.name],
    ['destination_service_namespace', service.namespace],
    ['destination_cluster', destination ? 'Kubernetes' : 'unknown'],
  ]
}
