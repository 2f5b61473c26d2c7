import type { ConsideredRule, Decision } from './decision.ts'
import type { Resolution } from './route/follow-rules.ts'
import { findNearMisses } from './near-misses/find-near-misses.ts'
import type { RoutingRequest } from './request.ts'
import { explainDenial } from './route/rules.ts'
import type { Mesh } from '../istio/mesh.ts'

const RESOLUTION = Symbol('resolution')
const CONSIDERED = Symbol('considered')
const ASKED = Symbol('asked')

/** What the objects are looked for in that seem to be for a request and do not count for it. */
export interface AskedRequest {
  readonly mesh: Mesh
  readonly request: RoutingRequest
}

/**
 * A decision that works its reasons out when they are read, which they mostly are not. The accessor is the class's:
 * one in each object would give every object a shape of its own, which costs more than the whole decision.
 */
export class ExplainedDecision implements Decision {
  readonly outcome: Decision['outcome']
  declare readonly status?: number
  declare readonly reason?: NonNullable<Decision['reason']>
  declare readonly route?: NonNullable<Decision['route']>
  readonly destinations: Decision['destinations']
  readonly request: Decision['request']
  declare readonly location?: string
  declare readonly responseHeaders?: NonNullable<Decision['responseHeaders']>
  declare readonly timeout?: string
  declare readonly retries?: NonNullable<Decision['retries']>
  declare readonly fault?: NonNullable<Decision['fault']>
  readonly mirrors: Decision['mirrors']
  readonly unknown: Decision['unknown']
  // No private names: a window's reactive objects stand before this one and could not read them.
  readonly [RESOLUTION]: Resolution
  readonly [ASKED]: AskedRequest | undefined;
  declare [CONSIDERED]?: readonly ConsideredRule[] | undefined

  constructor(resolution: Resolution, unknown: Decision['unknown'], asked?: AskedRequest) {
    const { verdict } = resolution
    this.outcome = verdict.outcome
    if (verdict.status !== undefined) this.status = verdict.status
    if (verdict.reason !== undefined) this.reason = verdict.reason
    if (verdict.route !== undefined) this.route = verdict.route
    this.destinations = verdict.destinations
    this.request = verdict.request
    if (verdict.location !== undefined) this.location = verdict.location
    if (verdict.responseHeaders !== undefined) this.responseHeaders = verdict.responseHeaders
    if (verdict.timeout !== undefined) this.timeout = verdict.timeout
    if (verdict.retries !== undefined) this.retries = verdict.retries
    if (verdict.fault !== undefined) this.fault = verdict.fault
    this.mirrors = verdict.mirrors
    this.unknown = unknown
    this[RESOLUTION] = resolution
    this[ASKED] = asked
  }

  /** Whether the proxy passes bytes on and reads no request. */
  get isOpaque(): boolean {
    return this[RESOLUTION].explainConnection !== undefined
  }

  get considered(): readonly ConsideredRule[] {
    if (this[CONSIDERED] !== undefined) return this[CONSIDERED]
    const rules = explainRules(this[RESOLUTION])
    const asked = this[ASKED]
    const considered =
      asked === undefined
        ? rules
        : [...rules, ...findNearMisses(asked.mesh, asked.request, this[RESOLUTION], rules)]
    this[CONSIDERED] = considered
    return considered
  }
}

function explainRules({ rules, taken, view, explainConnection }: Resolution): readonly ConsideredRule[] {
  if (explainConnection !== undefined) return explainConnection()
  if (view === undefined) return []
  const position = taken === undefined ? rules.length : rules.indexOf(taken)
  return rules.map((rule, index) => ({
    route: rule.reference,
    matched: index === position,
    reason:
      index === position
        ? 'yes'
        : index > position
          ? rule.isCatchAll && rule.binding !== undefined
            ? 'an earlier rule took the request: this one takes everything, so a gateway tries it last'
            : 'an earlier rule took the request'
          : explainDenial(rule, view),
  }))
}
