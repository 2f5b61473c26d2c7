import type { Mesh } from '../../istio/mesh.ts'
import type { Forwardings, Verdict } from './apply-rule.ts'
import { applyRule } from './apply-rule.ts'
import type { ConsideredRule, RejectionReason } from '../decision.ts'
import type { RequestView } from './request-view.ts'
import type { RoutingRequest } from '../request.ts'
import { findRule } from './rule-index.ts'
import type { CompiledRule } from './rules.ts'

/** A verdict and the rules that were looked at for it. */
export interface Resolution {
  readonly verdict: Verdict
  readonly view?: RequestView
  readonly rules: readonly CompiledRule[]
  readonly taken?: CompiledRule
  /** Why each rule for connections did or did not take it; present where the proxy reads no request. */
  readonly explainConnection?: () => readonly ConsideredRule[]
  /** What the objects do not tell of it. */
  readonly unknown?: readonly string[]
}

/** The first rule that takes the request decides; where none does, Envoy answers 404. */
export function followRules(
  mesh: Mesh,
  view: RequestView,
  rules: readonly CompiledRule[],
  known?: Forwardings,
): Resolution {
  const taken = findRule(rules, view)
  return taken === undefined
    ? { verdict: reject(view.request, 'no-route', 404), view, rules }
    : { verdict: applyRule(mesh, view, taken, known), view, rules, taken }
}

/** A request that no destination gets; `status` is absent where the connection just ends. */
export const reject = (request: RoutingRequest, reason: RejectionReason, status?: number): Verdict => ({
  outcome: 'rejected',
  reason,
  ...(status === undefined ? {} : { status }),
  destinations: [],
  mirrors: [],
  request: { host: request.host, path: request.path, headers: request.headers },
})
