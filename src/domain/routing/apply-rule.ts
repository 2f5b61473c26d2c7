import { hasCluster, resolveTarget } from './destinations.ts'
import type { Mesh } from '../mesh/mesh.ts'
import type { HttpRetries, RouteTarget } from '../mesh/virtual-service.ts'
import type { Decision, Destination, LeavingRequest, Retries } from './decision.ts'
import { parseDuration } from './duration.ts'
import type { RequestView } from './request-view.ts'
import { unchanged } from './request-view.ts'
import { changedHost, changeHeaders, redirectLocation, rewritePath } from './rewrite.ts'
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
  const port = compiled.binding?.port ?? view.port
  const common = {
    route: reference,
    mirrors: [],
    destinations: [],
    request: unchanged(view),
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
      location: redirectLocation(
        { ...view, port },
        compiled.matches,
        rule.redirect,
        compiled.binding?.isTls === true,
      ),
    }
  if (rule.directResponse !== undefined)
    return { ...common, outcome: 'direct-response', status: rule.directResponse.status }

  const destinations = resolveTargets(mesh, view, compiled, port)
  const timeout = (parseDuration(rule.timeout) ?? 0) > 0 ? rule.timeout : undefined
  const retries = readRetries(rule.retries)
  const forwarded = {
    ...common,
    destinations,
    request: commonRequest(view, compiled),
    mirrors: rule.mirrors.map(({ percentage, ...target }) => ({
      ...resolveTarget(mesh, request.from, target, port, compiled.namespace),
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
function resolveTargets(
  mesh: Mesh,
  view: RequestView,
  compiled: CompiledRule,
  port: number,
): readonly Destination[] {
  const targets = weightedTargets(compiled)
  return targets.map(target => {
    const { cluster, ...destination } = resolveTarget(
      mesh,
      view.request.from,
      target,
      port,
      compiled.namespace,
    )
    const isApart = compiled.rule.targets.length > 1 && target.requestHeaders !== undefined
    return {
      ...destination,
      weight: target.weight,
      cluster,
      ...(isApart ? { request: leavingRequest(view, compiled, target, false) } : {}),
    }
  })
}

function weightedTargets({ rule }: CompiledRule): readonly RouteTarget[] {
  const weighted = rule.targets.filter(target => target.weight > 0)
  return weighted.length > 0 ? weighted : rule.targets
}

/**
 * The request as it leaves. The changes of the only destination are made together with the rule's, those of one of
 * several before them, as Envoy goes from the weighted cluster to the route. A host is rewritten by the rule, else
 * by the destination. Source: `processDestination` in istio's route/route.go.
 */
function leavingRequest(
  view: RequestView,
  { rule, matches }: CompiledRule,
  target: RouteTarget | undefined,
  isOnly: boolean,
): LeavingRequest {
  const own = target?.requestHeaders
  const list = (changes: typeof own): NonNullable<typeof own>[] => (changes === undefined ? [] : [changes])
  const headers = isOnly
    ? changeHeaders(view.request.headers, [...list(rule.requestHeaders), ...list(own)])
    : changeHeaders(changeHeaders(view.request.headers, list(own)), list(rule.requestHeaders))
  const host = rule.rewrite?.authority ?? changedHost(rule.requestHeaders) ?? changedHost(own)
  return {
    host: host ?? view.request.host,
    path: rule.rewrite === undefined ? view.path + view.query : rewritePath(view, matches, rule.rewrite),
    headers,
  }
}

/** The request without what each of several destinations changes on its own. */
function commonRequest(view: RequestView, compiled: CompiledRule): LeavingRequest {
  const targets = compiled.rule.targets
  return leavingRequest(view, compiled, targets.length === 1 ? targets[0] : undefined, true)
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
