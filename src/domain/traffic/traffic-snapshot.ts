/** Requests of a node or an edge over the last window. Rates are per second, latencies milliseconds, shares 0 to 1. */
export interface RequestFigures {
  readonly rate: number
  readonly errorShare: number
  /** The share that was answered with 401, 403 or gRPC's like, by a policy or by the application. */
  readonly deniedShare: number
  /** Null where nothing was measured. */
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** Connections that no proxy reads as requests, over the last window, a second. */
export interface ConnectionFigures {
  readonly opened: number
  /** The share of those that were closed which failed: refused, reset, or without a place to go, 0 to 1. */
  readonly failedShare: number
  /** From the caller to the callee. */
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface VersionFigures extends RequestFigures {
  readonly version: string
  /** Share of the node's or edge's requests, 0 to 1. */
  readonly share: number
}

export interface TrafficNode {
  /** `namespace/name` */
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly kind: 'service' | 'gateway' | 'workload' | 'external' | 'unknown'
  readonly inbound: RequestFigures
  readonly versions: readonly VersionFigures[]
}

export interface TrafficEdge {
  /** `source id>target id` */
  readonly id: string
  readonly source: string
  readonly target: string
  readonly protocol: string
  readonly requests: RequestFigures
  readonly versions: readonly VersionFigures[]
  /** Response code, Envoy response flags (`-` for none), and the status of a gRPC response. */
  readonly codes: readonly {
    readonly code: string
    readonly flags: string
    readonly grpcStatus?: string
    readonly rate: number
  }[]
  /** Absent where every connection was read as requests. */
  readonly connections?: ConnectionFigures
  readonly mutualTls: 'all' | 'some' | 'none' | 'unknown'
}

/** What flows in the mesh. Figures are over the last seconds: as many as give enough requests to say something. */
export interface TrafficSnapshot {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly nodes: readonly TrafficNode[]
  readonly edges: readonly TrafficEdge[]
}
