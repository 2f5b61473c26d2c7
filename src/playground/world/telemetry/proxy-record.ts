import type { Instance } from '../traffic/instance.ts'

/** One request as one proxy saw it: what its metrics, its access log and its spans are made of. */
export interface ProxyRecord {
  readonly proxy: Instance
  readonly direction: 'inbound' | 'outbound'
  /** Set at a waypoint, which stands between the two: who called. */
  readonly origin?: Instance
  /** Whether a first proxy chose the trace to be kept. */
  readonly isSampled: boolean
  /** Milliseconds since 1970, with fractions. */
  readonly start: number
  readonly duration: number
  /** Milliseconds until the upstream answered; absent where none did. */
  readonly upstreamDuration?: number
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly requestId: string
  readonly userAgent: string
  /** The request's, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Of its spans, as the mesh wants them. */
  readonly customTags?: Readonly<Record<string, string>>
  readonly forwardedFor?: string
  /** 0 where the caller went away before an answer. */
  readonly code: number
  readonly flags: string
  readonly details: string
  readonly failure?: string
  readonly requestBytes: number
  readonly responseBytes: number
  /** The workload at the other end, where the proxy knows it. */
  readonly peer?: Instance
  readonly isPeerMutual: boolean
  readonly service: { readonly host: string; readonly name: string; readonly namespace: string }
  readonly upstreamCluster?: string
  readonly upstreamHost?: string
  readonly upstreamLocal?: string
  readonly downstreamLocal: string
  readonly downstreamRemote: string
  readonly serverName?: string
  readonly routeName?: string
  readonly operation: string
  readonly traceId: string
  readonly spanId: string
  readonly parentId?: string
  /** A gateway makes two spans: the server's and this one for what it sends on. */
  readonly upstreamSpanId?: string
}
