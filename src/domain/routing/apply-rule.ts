import { hasCluster, resolveTarget } from './destinations.ts'
import type { Mesh } from '../mesh/mesh.ts'
import type { HttpRetries } from '../mesh/virtual-service.ts'
import type { Decision, Destination, Retries } from './decision.ts'
import { parseDuration } from './duration.ts'
import type { RequestView } from './request-view.ts'
import { changeHeaders, redirectLocation, rewritePath } from './rewrite.ts'
import type { CompiledRule } from './rules.ts'

/** A decision without the parts that say how it was found. */
export type Verdict = Omit<Decision, 'considered' | 'unknown'>

/**
 * What Istio retries where nothing is said.
 * Source: https://istio.io/latest/docs/concepts/traffic-management/#retries, and what istiod 1.31 sends.
 */
export const defaultRetries: Retries = {
  attempts: 2,
  retryOn: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
}

/** What a rule does with the request that it took. */
export function applyRule(mesh: Mesh, view: RequestView, compiled: CompiledRule): Verdict {
  const { rule, reference } = compiled
  const { request } = view
  const unchanged = { host: request.host, path: view.path + view.query, headers: request.headers }
  const common = {
    route: reference,
    mirrors: [],
    destinations: [],
    request: unchanged,
    ...(rule.fault === undefined ? {} : { fault: rule.fault }),
  }
  const abort = rule.fault?.abort
  if (abort !== undefined && abort.percentage >= 100)
    return { ...common, outcome: 'aborted', status: abort.httpStatus }
  if (rule.redirect !== undefined)
    return {
      ...common,
      outcome: 'redirected',
      status: rule.redirect.status,
      location: redirectLocation(view, rule.redirect),
    }
  if (rule.directResponse !== undefined)
    return { ...common, outcome: 'direct-response', status: rule.directResponse.status }

  const destinations = resolveTargets(mesh, view, compiled)
  const timeout = (parseDuration(rule.timeout) ?? 0) > 0 ? rule.timeout : undefined
  const retries = readRetries(rule.retries)
  const forwarded = {
    ...common,
    destinations,
    request: leavingRequest(view, compiled),
    mirrors: rule.mirrors.map(({ percentage, ...target }) => ({
      ...resolveTarget(mesh, request.from, target, view.port),
      percentage,
    })),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
  }
  // A cluster that the proxy does not have answers 503 with the flag NC.
  // Source: https://istio.io/latest/docs/ops/common-problems/network-issues/#503-errors-after-setting-destination-rule
  return destinations.some(destination => hasCluster(mesh, request.from, destination))
    ? { ...forwarded, outcome: 'forwarded' }
    : { ...forwarded, outcome: 'rejected', status: 503, reason: 'no-destination' }
}

/** Istio leaves out destinations of weight 0 where there are others. */
function resolveTargets(mesh: Mesh, view: RequestView, { rule }: CompiledRule): readonly Destination[] {
  const weighted = rule.targets.filter(target => target.weight > 0)
  return (weighted.length > 0 ? weighted : rule.targets).map(target => {
    const { cluster, ...destination } = resolveTarget(mesh, view.request.from, target, view.port)
    return { ...destination, weight: target.weight, cluster }
  })
}

function leavingRequest(view: RequestView, { rule, matches }: CompiledRule): Decision['request'] {
  const weighted = rule.targets.filter(target => target.weight > 0)
  // With several destinations, which one's header changes apply is only known when one is drawn.
  const own = weighted.length === 1 ? weighted[0]?.requestHeaders : undefined
  const changed = changeHeaders(view.request.headers, [rule.requestHeaders, own])
  return {
    host: changed.host ?? rule.rewrite?.authority ?? view.request.host,
    path: rule.rewrite === undefined ? view.path + view.query : rewritePath(view, matches, rule.rewrite),
    headers: changed.headers,
  }
}

/** Nothing said means the default; no attempts mean none. Source: `ConvertPolicy` in istio's route/retry/retry.go. */
function readRetries(retries: HttpRetries | undefined): Retries | undefined {
  if (retries === undefined) return defaultRetries
  if (retries.attempts === undefined || retries.attempts <= 0) return undefined
  return {
    attempts: retries.attempts,
    retryOn: retries.retryOn ?? defaultRetries.retryOn,
    ...(retries.perTryTimeout === undefined ? {} : { perTryTimeout: retries.perTryTimeout }),
  }
}
