import type { HeaderChanges } from '../istio/virtual-service.ts'

/** Names a rule: the object and the indexes of the rule and of the match inside it that took the request. */
export interface RouteReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Index in `spec.http` (or `spec.rules`). */
  readonly rule: number
  /** Index in the rule's `match`; absent for a rule without match. */
  readonly match?: number
  /** The rule's own `name`, if it has one. */
  readonly ruleName?: string
  /** The match's own `name`, if it has one. */
  readonly matchName?: string
}

export interface Destination {
  /** Fully qualified: `myapp.default.svc.cluster.local`. */
  readonly host: string
  readonly port: number
  readonly subset?: string
  /** Percent of the rule's requests; weights of a rule sum to 100 unless the objects say otherwise. */
  readonly weight: number
  /** Istio's name of the Envoy cluster: `outbound|80|v2|myapp.default.svc.cluster.local`. */
  readonly cluster: string
  /** The request as it leaves for this destination, where its own header changes make it differ. */
  readonly request?: LeavingRequest
  /** Of a rule with several destinations, this one's own changes of the answer's headers. */
  readonly responseHeaders?: HeaderChanges
}

/** A request as it leaves; `path` with the query. */
export interface LeavingRequest {
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Headers whose value only the proxy knows, with what asks for it; absent where there are none. */
  readonly unknownHeaders?: Readonly<Record<string, string>>
}

export interface Fault {
  readonly delay?: { readonly percentage: number; readonly fixedDelay: string }
  readonly abort?: { readonly percentage: number; readonly httpStatus: number }
}

export interface Retries {
  readonly attempts: number
  readonly perTryTimeout?: string
  readonly retryOn: string
}

export type Outcome = 'forwarded' | 'redirected' | 'direct-response' | 'aborted' | 'rejected'

export type RejectionReason =
  | 'no-listener'
  | 'no-filter-chain'
  | 'no-virtual-host'
  | 'no-route'
  | 'tls-redirect'
  | 'tls-error'
  | 'mtls-error'
  | 'protocol-error'
  | 'denied'
  | 'no-destination'

/** The object that is the cause of something. */
export interface ObjectReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/**
 * A rule that was looked at, and the one reason why it did or did not take the request; or an object that does not count
 * for it as a whole, and then without `rule`.
 */
export interface ConsideredRule {
  readonly route: Omit<RouteReference, 'rule'> & { readonly rule?: number }
  readonly matched: boolean
  /** `yes`, or one sentence in words: `header user-type is absent`. */
  readonly reason: string
  /** The object that is the cause, where it is another than the route's. */
  readonly object?: ObjectReference
  /** The field of that object, else of the route's: `spec.exportTo`. */
  readonly field?: string
}

/** Where a request goes and why. Weights are reported, never drawn. */
export interface Decision {
  readonly outcome: Outcome
  /** What the caller gets where no destination answers. */
  readonly status?: number
  readonly reason?: RejectionReason
  readonly route?: RouteReference
  readonly destinations: readonly Destination[]
  readonly request: LeavingRequest
  readonly location?: string
  /** What rules change in the headers of the answer; absent where they change none. */
  readonly responseHeaders?: HeaderChanges
  readonly timeout?: string
  readonly retries?: Retries
  readonly fault?: Fault
  readonly mirrors: readonly (Omit<Destination, 'weight'> & { readonly percentage: number })[]
  /** What the objects cannot tell, by name: an EnvoyFilter, a Wasm plugin. */
  readonly unknown: readonly string[]
  readonly considered: readonly ConsideredRule[]
  /** Whether the proxy passes bytes on and reads no request; absent where it reads it. */
  readonly isOpaque?: boolean
}
