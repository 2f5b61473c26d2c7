import type { Sample } from './prometheus-text.ts'

/** What one proxy counted of one kind of request between one caller and one callee. Counters only grow while the proxy lives. */
export interface FlowLabels {
  readonly reporter: 'source' | 'destination'
  /** `namespace/name` */
  readonly source: string
  readonly target: string
  readonly version: string
  readonly protocol: string
  readonly code: string
  readonly flags: string
  readonly isMutualTls: boolean
}

export interface Flow extends FlowLabels {
  readonly requests: number
  /** Upper bound in milliseconds → requests at or below it, not cumulative over time but as the proxy shows it. */
  readonly buckets: ReadonlyMap<number, number>
}

/** The counters of one reading: text of the labels → the flow. */
export type Reading = ReadonlyMap<string, Flow>

const known = (value: string | undefined): string | undefined =>
  value === undefined || value === '' || value === 'unknown' ? undefined : value

/**
 * Who sent and who answered, by Istio's labels. A destination is named by its Service; where the service is unknown (a
 * request that reached no service) by its host or its workload.
 * Source: https://istio.io/latest/docs/reference/config/metrics/#labels
 */
function readLabels({ labels }: Sample): FlowLabels {
  const read = (name: string): string | undefined => known(labels[name])
  const sourceName = read('source_canonical_service') ?? read('source_app') ?? read('source_workload')
  const targetName =
    read('destination_service_name') ??
    read('destination_canonical_service') ??
    read('destination_workload') ??
    read('destination_service')
  const targetNamespace = read('destination_service_namespace') ?? read('destination_workload_namespace')
  return {
    reporter: labels['reporter'] === 'destination' ? 'destination' : 'source',
    source: `${read('source_workload_namespace') ?? ''}/${sourceName ?? 'unknown'}`,
    target: `${targetNamespace ?? ''}/${targetName ?? 'unknown'}`,
    version: read('destination_version') ?? read('destination_canonical_revision') ?? '',
    protocol: labels['request_protocol'] ?? 'http',
    code: labels['response_code'] ?? '0',
    flags: known(labels['response_flags']) ?? '-',
    isMutualTls: labels['connection_security_policy'] === 'mutual_tls',
  }
}

const flowKey = (flow: FlowLabels): string =>
  [
    flow.reporter,
    flow.source,
    flow.target,
    flow.version,
    flow.protocol,
    flow.code,
    flow.flags,
    flow.isMutualTls ? 'tls' : '',
  ].join('|')

/** One proxy's counters as flows; samples with the same labels that matter here are added up. */
export function readFlows(samples: readonly Sample[]): Reading {
  const flows = new Map<string, FlowLabels & { requests: number; buckets: Map<number, number> }>()
  for (const sample of samples) {
    const isCount = sample.name === 'istio_requests_total'
    if (!isCount && sample.name !== 'istio_request_duration_milliseconds_bucket') continue
    const labels = readLabels(sample)
    const key = flowKey(labels)
    let flow = flows.get(key)
    if (!flow) flows.set(key, (flow = { ...labels, requests: 0, buckets: new Map<number, number>() }))
    if (isCount) flow.requests += sample.value
    else {
      const bound = sample.labels['le'] === '+Inf' ? Infinity : Number(sample.labels['le'])
      flow.buckets.set(bound, (flow.buckets.get(bound) ?? 0) + sample.value)
    }
  }
  return flows
}

/**
 * What happened between two readings of the same proxy. A counter that fell began again at zero, as after a restart.
 * A flow that was not there before counts from zero.
 */
export function flowsBetween(before: Reading, after: Reading): Flow[] {
  const flows: Flow[] = []
  for (const [key, now] of after) {
    const then = before.get(key)
    const since = then && then.requests <= now.requests ? then : undefined
    const requests = now.requests - (since?.requests ?? 0)
    if (requests <= 0) continue
    const buckets = new Map<number, number>()
    for (const [bound, count] of now.buckets)
      buckets.set(bound, Math.max(0, count - (since?.buckets.get(bound) ?? 0)))
    flows.push({ ...now, requests, buckets })
  }
  return flows
}
