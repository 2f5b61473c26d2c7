import type { Instance } from '../traffic/instance.ts'
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

interface Series {
  readonly labels: string
  count: number
  readonly duration: Histogram
  readonly requestBytes: Histogram
  readonly responseBytes: Histogram
}

const histograms = [
  ['istio_request_duration_milliseconds', 'duration'],
  ['istio_request_bytes', 'requestBytes'],
  ['istio_response_bytes', 'responseBytes'],
] as const

/** Istio's standard metrics of one proxy. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export class ProxyMetrics {
  readonly #series = new Map<string, Series>()

  add(record: ProxyRecord): void {
    const key = [
      record.direction,
      record.peer?.uid,
      record.service.host,
      record.code,
      record.flags,
      record.isPeerMutual,
    ].join(' ')
    let series = this.#series.get(key)
    if (series === undefined) this.#series.set(key, (series = this.#seriesOf(labelsOf(record))))
    series.count += 1
    series.duration.add(record.duration)
    series.requestBytes.add(record.requestBytes)
    series.responseBytes.add(record.responseBytes)
  }

  /** The text that Envoy serves, of the metrics whose names match. */
  write(filter = /^/): string {
    const all = [...new Set(this.#series.values())]
    const lines: string[] = []
    if (filter.test('istio_requests_total')) {
      lines.push('# TYPE istio_requests_total counter')
      for (const { labels, count } of all) lines.push(`istio_requests_total{${labels}} ${count}`)
    }
    for (const [name, field] of histograms) {
      if (!filter.test(name)) continue
      lines.push(`# TYPE ${name} histogram`)
      for (const series of all) series[field].write(name, series.labels, lines)
    }
    return `${lines.join('\n')}\n`
  }

  /** Pods of one workload are one series: Istio's labels do not name pods. */
  #seriesOf(labels: string): Series {
    for (const series of this.#series.values()) if (series.labels === labels) return series
    return {
      labels,
      count: 0,
      duration: new Histogram(),
      requestBytes: new Histogram(),
      responseBytes: new Histogram(),
    }
  }
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function labelsOf(record: ProxyRecord): string {
  const isSource = record.direction === 'outbound'
  const source = isSource ? record.proxy : record.peer
  const destination = isSource ? record.peer : record.proxy
  const principal = (instance: Instance | undefined): string =>
    instance && record.isPeerMutual
      ? `spiffe://cluster.local/ns/${instance.namespace}/sa/${instance.serviceAccount}`
      : 'unknown'
  const labels: readonly (readonly [string, string])[] = [
    ['reporter', isSource ? 'source' : 'destination'],
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
    ['destination_service', record.service.host],
    ['destination_canonical_service', destination?.canonicalService ?? 'unknown'],
    ['destination_canonical_revision', destination?.canonicalRevision ?? 'latest'],
    ['destination_service_name', record.service.name],
    ['destination_service_namespace', record.service.namespace],
    ['destination_cluster', destination ? 'Kubernetes' : 'unknown'],
    ['request_protocol', 'http'],
    ['response_code', String(record.code)],
    ['response_flags', record.flags],
    ['connection_security_policy', isSource ? 'unknown' : record.isPeerMutual ? 'mutual_tls' : 'none'],
  ]
  return labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')
}
