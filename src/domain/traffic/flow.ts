import type { Sample } from './prometheus-text.ts'

/** Whose word a figure is: the caller's proxy, the callee's, or a waypoint between them. */
export type Reporter = 'source' | 'destination' | 'waypoint'

/** What one proxy counted of one kind of request between one caller and one callee. Counters only grow while the proxy lives. */
export interface FlowLabels {
  readonly reporter: Reporter
  /** `namespace/name` */
  readonly source: string
  readonly target: string
  readonly version: string
  readonly protocol: string
  readonly code: string
  /** The status of a gRPC response, which has its own beside HTTP's; empty for others. */
  readonly grpcStatus: string
  readonly flags: string
  readonly isMutualTls: boolean
}

export interface Flow extends FlowLabels {
  readonly requests: number
  /** Upper bound in milliseconds → requests at or below it, not cumulative over time but as the proxy shows it. */
  readonly buckets: ReadonlyMap<number, number>
  /** Of connections that no proxy reads as requests. */
  readonly connectionsOpened: number
  readonly connectionsClosed: number
  /** Bytes from the caller to the callee. */
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** The counters of one reading: text of the labels → the flow. */
export type Reading = ReadonlyMap<string, Flow>

const known = (value: string | undefined): string | undefined =>
  value === undefined || value === '' || value === 'unknown' ? undefined : value

const REPORTERS: Readonly<Record<string, Reporter>> = { destination: 'destination', waypoint: 'waypoint' }

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
    reporter: REPORTERS[labels['reporter'] ?? ''] ?? 'source',
    source: `${read('source_workload_namespace') ?? ''}/${sourceName ?? 'unknown'}`,
    target: `${targetNamespace ?? ''}/${targetName ?? 'unknown'}`,
    version: read('destination_version') ?? read('destination_canonical_revision') ?? '',
    protocol: labels['request_protocol'] ?? 'http',
    code: labels['response_code'] ?? '0',
    grpcStatus: read('grpc_response_status') ?? '',
    flags: known(labels['response_flags']) ?? '-',
    isMutualTls: labels['connection_security_policy'] === 'mutual_tls',
  }
}

/** No label can have the separator, so that different labels never make one key. */
const flowKey = (flow: FlowLabels): string =>
  [
    flow.reporter,
    flow.source,
    flow.target,
    flow.version,
    flow.protocol,
    flow.code,
    flow.grpcStatus,
    flow.flags,
    flow.isMutualTls ? 'tls' : '',
  ].join('\0')

type Counter = 'requests' | 'connectionsOpened' | 'connectionsClosed' | 'bytesSent' | 'bytesReceived'
/** Source: https://istio.io/latest/docs/reference/config/metrics/#metrics */
const COUNTERS: Readonly<Record<string, Counter>> = {
  istio_requests_total: 'requests',
  istio_tcp_connections_opened_total: 'connectionsOpened',
  istio_tcp_connections_closed_total: 'connectionsClosed',
  istio_tcp_sent_bytes_total: 'bytesReceived',
  istio_tcp_received_bytes_total: 'bytesSent',
}
const DURATIONS = 'istio_request_duration_milliseconds_bucket'
/** What the names of the metrics that are read begin with. */
export const FLOW_METRICS = ['istio_requests_total', 'istio_request_duration', 'istio_tcp_'] as const

interface GrowingFlow extends FlowLabels, Record<Counter, number> {
  readonly buckets: Map<number, number>
}

/** One proxy's counters as flows; samples with the same labels that matter here are added up. */
export function readFlows(samples: readonly Sample[]): Reading {
  const flows = new Map<string, GrowingFlow>()
  for (const sample of samples) {
    const counter = COUNTERS[sample.name]
    if ((counter === undefined && sample.name !== DURATIONS) || sample.value < 0) continue
    const bound = counter === undefined ? boundOf(sample.labels['le']) : undefined
    if (counter === undefined && bound === undefined) continue
    const labels = readLabels(sample)
    const key = flowKey(labels)
    let flow = flows.get(key)
    if (!flow)
      flows.set(
        key,
        (flow = {
          ...labels,
          requests: 0,
          connectionsOpened: 0,
          connectionsClosed: 0,
          bytesSent: 0,
          bytesReceived: 0,
          buckets: new Map<number, number>(),
        }),
      )
    if (counter !== undefined) flow[counter] += sample.value
    else if (bound !== undefined) flow.buckets.set(bound, (flow.buckets.get(bound) ?? 0) + sample.value)
  }
  return flows
}

/** The upper bound of a bucket; undefined where there is none. */
function boundOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\+?inf(?:inity)?$/i.test(text)) return Infinity
  const bound = Number(text)
  return Number.isFinite(bound) ? bound : undefined
}

/**
 * What happened between two readings of the same proxy. A counter that fell began again at zero, as after a restart.
 * A flow that was not there before counts from zero.
 */
export function flowsBetween(before: Reading, after: Reading): Flow[] {
  const flows: Flow[] = []
  for (const [key, now] of after) {
    const then = before.get(key)
    const grown = (counter: Counter): number =>
      then !== undefined && then[counter] <= now[counter] ? now[counter] - then[counter] : now[counter]
    const requests = grown('requests')
    const [connectionsOpened, connectionsClosed] = [grown('connectionsOpened'), grown('connectionsClosed')]
    const [bytesSent, bytesReceived] = [grown('bytesSent'), grown('bytesReceived')]
    if (requests + connectionsOpened + connectionsClosed + bytesSent + bytesReceived <= 0) continue
    const isReset = then !== undefined && then.requests > now.requests
    const buckets = new Map<number, number>()
    for (const [bound, count] of now.buckets)
      buckets.set(bound, Math.max(0, count - (isReset ? 0 : (then?.buckets.get(bound) ?? 0))))
    flows.push({ ...now, requests, connectionsOpened, connectionsClosed, bytesSent, bytesReceived, buckets })
  }
  return flows
}
