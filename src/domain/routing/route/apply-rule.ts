import { hasCluster, isResolvable, resolveTarget } from '../endpoint/destinations.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { HeaderChanges, HttpRule, RouteTarget } from '../../istio/virtual-service.ts'
import type { Decision, Destination, LeavingRequest } from '../decision.ts'
import { answersPreflight } from './answers-preflight.ts'
import { parseDuration } from './duration.ts'
import { readRetries } from './retries.ts'
import type { RequestView } from './request-view.ts'
import { unchanged } from './request-view.ts'
import { changedHost, changeHeaders, redirectLocation, rewritePath } from './rewrite.ts'
import type { CompiledRule } from './rules.ts'

/** A decision without the parts that say how it was found. */
export type Verdict = Omit<Decision, 'considered' | 'unknown'>

/** What a rule does that is the same for every request of a caller to a port, where it sends requests on. */
interface Forwarding {
  readonly verdict: Omit<Verdict, 'request'>
  /** Whether the request leaves as it came: nothing is rewritten, for no destination. */
  readonly isPlain: boolean
}

/** What is known of the rules for one caller and port already. */
export type Forwardings = Map<CompiledRule, Forwarding>

/** What a rule does with the request that it took. `known` belongs to the request's caller and port. */
export function applyRule(
  mesh: Mesh,
  view: RequestView,
  compiled: CompiledRule,
  known?: Forwardings,
): Verdict {
  const { rule } = compiled
  const isPreflight = rule.cors !== undefined && answersPreflight(rule.cors, view)
  if (
    rule.redirect === undefined &&
    rule.directResponse === undefined &&
    !isAborted(compiled) &&
    !isPreflight
  )
    return forward(mesh, view, compiled, known)
  const { reference, binding } = compiled
  const port = binding?.port ?? view.port
  const common = {
    route: reference,
    mirrors: [],
    destinations: [],
    request: unchanged(view),
    ...withResponseHeaders(rule.responseHeaders),
    ...(rule.fault === undefined ? {} : { fault: rule.fault }),
  }
  if (isAborted(compiled))
    return { ...common, outcome: 'aborted', status: rule.fault?.abort?.httpStatus ?? 503 }
  if (rule.redirect !== undefined)
    return {
      ...common,
      outcome: 'redirected',
      status: rule.redirect.status,
      location: redirectLocation({ ...view, port }, compiled.matches, rule.redirect, binding?.isTls === true),
    }
  // The answer to a preflight is 200 too.
  return { ...common, outcome: 'direct-response', status: rule.directResponse?.status ?? 200 }
}

/** Whether a backend that is not there answers as the Gateway API wants it. An Ingress's does as a VirtualService's. */
const hasGatewayApiSource = ({ source }: HttpRule): boolean =>
  source !== undefined && source.kind !== 'Ingress'

const isAborted = ({ rule }: CompiledRule): boolean => (rule.fault?.abort?.percentage ?? 0) >= 100

function forward(mesh: Mesh, view: RequestView, compiled: CompiledRule, known?: Forwardings): Verdict {
  let forwarding = known?.get(compiled)
  if (forwarding === undefined) {
    forwarding = planForwarding(mesh, view, compiled)
    known?.set(compiled, forwarding)
  }
  const { verdict, isPlain } = forwarding
  if (isPlain) return { ...verdict, request: unchanged(view) }
  return {
    ...verdict,
    destinations:
      compiled.rule.targets.length > 1 ? withRequests(view, compiled, verdict) : verdict.destinations,
    request: commonRequest(view, compiled),
  }
}

function planForwarding(mesh: Mesh, view: RequestView, compiled: CompiledRule): Forwarding {
  const { rule, reference } = compiled
  const { from } = view.request
  const port = compiled.binding?.port ?? view.port
  const targets = weightedTargets(compiled)
  const destinations = targets.map((target): Destination => {
    const { cluster, ...destination } = resolveTarget(mesh, from, target, port, compiled.namespace)
    const own = targets.length > 1 ? withResponseHeaders(target.responseHeaders) : {}
    return { ...destination, weight: target.weight, cluster, ...own }
  })
  const timeout = (parseDuration(rule.timeout) ?? 0) > 0 ? rule.timeout : undefined
  const retries = readRetries(mesh, rule.retries)
  // A cluster that the proxy does not have answers 503 with the flag NC.
  // The Gateway API asks for 500 instead: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (backendRefs).
  // Source: https://istio.io/latest/docs/ops/common-problems/network-issues/#503-errors-after-setting-destination-rule
  const isThere = destinations.some((destination, index) => {
    const target = targets[index]
    return (
      hasCluster(mesh, from, destination) && (target === undefined || isResolvable(mesh, from, target, port))
    )
  })
  return {
    verdict: {
      outcome: isThere ? 'forwarded' : 'rejected',
      ...(isThere
        ? {}
        : { status: hasGatewayApiSource(rule) ? 500 : 503, reason: 'no-destination' as const }),
      route: reference,
      destinations,
      mirrors: rule.mirrors.map(({ percentage, ...target }) => ({
        ...resolveTarget(mesh, from, target, port, compiled.namespace),
        percentage,
      })),
      ...withResponseHeaders(
        rule.responseHeaders,
        targets.length === 1 ? targets[0]?.responseHeaders : undefined,
      ),
      ...(rule.fault === undefined ? {} : { fault: rule.fault }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(retries === undefined ? {} : { retries }),
    },
    isPlain:
      rule.rewrite === undefined &&
      rule.requestHeaders === undefined &&
      rule.targets.every(target => target.requestHeaders === undefined),
  }
}

/** What rules change in the headers of the answer, as they write it: the rule's changes, then its only destination's. */
function withResponseHeaders(
  ...changes: readonly (HeaderChanges | undefined)[]
): Pick<Verdict, 'responseHeaders'> {
  const given = changes.filter(item => item !== undefined)
  if (given.every(item => isUnchanging(item))) return {}
  return {
    responseHeaders: {
      set: Object.assign({}, ...given.map(({ set }) => set)) as HeaderChanges['set'],
      add: Object.assign({}, ...given.map(({ add }) => add)) as HeaderChanges['add'],
      remove: [...new Set(given.flatMap(({ remove }) => remove))],
    },
  }
}

const isUnchanging = ({ set, add, remove }: HeaderChanges): boolean =>
  Object.keys(set).length + Object.keys(add).length + remove.length === 0

/** The destinations, each with the request as it leaves to it, where that has changes of its own. */
const withRequests = (
  view: RequestView,
  compiled: CompiledRule,
  { destinations }: Omit<Verdict, 'request'>,
): readonly Destination[] =>
  weightedTargets(compiled).flatMap((target, index) => {
    const destination = destinations[index]
    if (destination === undefined) return []
    const isApart = target.requestHeaders !== undefined
    return isApart ? { ...destination, request: leavingRequest(view, compiled, target, false) } : destination
  })

/** Istio leaves out destinations of weight 0 where there are others. */
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
  const given = { headers: view.request.headers, unknown: {} }
  const { headers, unknown } = isOnly
    ? changeHeaders(given, [...list(rule.requestHeaders), ...list(own)], view)
    : changeHeaders(changeHeaders(given, list(own), view), list(rule.requestHeaders), view)
  const host = rule.rewrite?.authority ?? changedHost(rule.requestHeaders) ?? changedHost(own)
  return {
    host: host ?? view.request.host,
    path: rule.rewrite === undefined ? view.path + view.query : rewritePath(view, matches, rule.rewrite),
    headers,
    ...(Object.keys(unknown).length === 0 ? {} : { unknownHeaders: unknown }),
  }
}

/** The request without what each of several destinations changes on its own. */
function commonRequest(view: RequestView, compiled: CompiledRule): LeavingRequest {
  const targets = compiled.rule.targets
  return leavingRequest(view, compiled, targets.length === 1 ? targets[0] : undefined, true)
}
