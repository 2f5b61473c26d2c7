import type { Outcome, RejectionReason } from '../routing/decision.ts'

/** One destination that a test wants; what it leaves out may be anything. */
export interface ExpectedDestination {
  readonly host?: string
  readonly port?: number
  readonly subset?: string
  readonly weight?: number
}

export interface ExpectedRetries {
  readonly attempts?: number
  readonly perTryTimeout?: string
  readonly retryOn?: string
}

/** What a test wants to be true of the decision; what it leaves out may be anything. */
export interface Expectation {
  readonly outcome?: Outcome
  readonly reason?: RejectionReason
  readonly status?: number
  /** `default/myapp`, or with the kind: `HTTPRoute default/myapp`. */
  readonly route?: string
  /** The rule's name, or its index in `spec.http` or `spec.rules`. */
  readonly rule?: string | number
  /** One of the destinations. */
  readonly destination?: ExpectedDestination
  /** All of the destinations, in any order. */
  readonly destinations?: readonly ExpectedDestination[]
  /** Of the request as it leaves. */
  readonly host?: string
  readonly path?: string
  /** Null for a header that must be absent. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly location?: string
  /** `none` where there must be no time limit. */
  readonly timeout?: string
  readonly retries?: ExpectedRetries
  readonly denied?: boolean
  /** The policy that denies: `default/api-policy`, or with the kind. */
  readonly by?: string
}

/** A named request and what is expected of it. */
export interface RouteTest {
  readonly name: string
  /** As written, of the right form; whether its gateway exists shows when it is run. */
  readonly request: unknown
  readonly expect: Expectation
  /** 1-based. */
  readonly line: number
}
