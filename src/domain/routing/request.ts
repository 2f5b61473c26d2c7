/** Who sends a request: a workload with a sidecar, or a gateway's proxy that a request from outside has reached. */
export type Caller =
  | {
      readonly kind: 'workload'
      readonly namespace: string
      readonly labels: Readonly<Record<string, string>>
      readonly serviceAccount?: string
      /** False where it is known that no proxy speaks for the caller; absent where its pods tell. */
      readonly hasProxy?: boolean
    }
  | {
      readonly kind: 'gateway'
      readonly namespace: string
      readonly labels: Readonly<Record<string, string>>
      readonly serviceAccount?: string
      readonly hasProxy?: true
    }

/** One request whose route is asked for. */
export interface RoutingRequest {
  readonly from: Caller
  readonly scheme: 'http' | 'https'
  readonly method: string
  /** The Host header without its port, as the caller wrote it: `api`, `api.default`, `shop.example.com`. */
  readonly host: string
  /** The port that the caller connects to. */
  readonly port: number
  /** Path with query: `/orders?x=1`. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** How the request arrives at a gateway; from a workload, `none` unless the application itself speaks TLS. */
  readonly tls: 'none' | 'simple' | 'mutual' | 'istio'
  readonly sni?: string
  /** `tcp` for a connection without HTTP: it has no method, headers or path. Absent for HTTP. */
  readonly protocol?: 'tcp'
}
