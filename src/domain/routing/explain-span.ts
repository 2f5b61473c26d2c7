import { hostCovers } from '../istio/host-name.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { VirtualService } from '../istio/virtual-service.ts'
import { findService } from './listener/connection.ts'
import type { RouteReference } from './decision.ts'
import { readClusterName, resolveTarget } from './endpoint/destinations.ts'
import { compileMatch } from './route/match.ts'
import type { RequestView } from './route/request-view.ts'
import { viewRequest } from './route/request-view.ts'
import type { Caller } from './request.ts'
import type { CompiledRule } from './route/rules.ts'
import { explainAbsence, rulesOf } from './route/rules.ts'

/** What a span tells of a request. What is absent is unknown, not empty. */
export interface ObservedRequest {
  /** The host that was called: `myapp`, `api.default.svc.cluster.local:80`. */
  readonly host: string
  /** Envoy's `upstream_cluster.name`. */
  readonly cluster: string
  readonly method?: string
  readonly path?: string
  /** Given only where all of them are known. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly caller?: Caller
}

/** A rule that can have sent the request to the cluster. */
export interface PossibleRule {
  readonly route: RouteReference
  /** Whether what is known of the request shows that the rule took it. */
  readonly isCertain: boolean
}

type Answer = 'yes' | 'no' | 'maybe'

/**
 * The rules that can have led a request to an Envoy cluster, in order. One with `isCertain` is the rule; several
 * mean that the span does not tell enough to decide. Empty where no rule did: a service without a VirtualService.
 */
export function rulesForCluster(mesh: Mesh, observed: ObservedRequest): readonly PossibleRule[] {
  const cluster = readClusterName(observed.cluster)
  if (cluster?.direction !== 'outbound') return []
  const host = observed.host.toLowerCase().replace(/:\d+$/, '')
  const caller: Caller = observed.caller ?? {
    kind: 'workload',
    namespace: mesh.registry.get(cluster.host)?.namespace ?? 'default',
    labels: {},
  }
  const service = findService(mesh, caller, host)
  const possible = mesh.virtualServices
    .filter(item => isFor(item, host, service?.host) && mayBeSeen(item, observed.caller))
    .flatMap(item => possibleRules(mesh, item, observed, caller, cluster.port))
  // Rules of several objects: any of them can be the one, unless only one is left.
  return possible.length === 1 ? possible.map(item => ({ ...item, isCertain: true })) : possible
}

const isFor = (virtualService: VirtualService, host: string, service: string | undefined): boolean =>
  virtualService.hosts.some(
    own => hostCovers(own, host) || (service !== undefined && hostCovers(own, service)),
  )

const mayBeSeen = ({ gateways }: VirtualService, caller: Caller | undefined): boolean =>
  caller === undefined ||
  (caller.kind === 'workload' ? gateways.includes('mesh') : gateways.some(gateway => gateway !== 'mesh'))

function possibleRules(
  mesh: Mesh,
  virtualService: VirtualService,
  observed: ObservedRequest,
  caller: Caller,
  port: number,
): readonly PossibleRule[] {
  const view = viewRequest(
    {
      from: caller,
      scheme: 'http',
      method: observed.method ?? '',
      host: observed.host,
      port,
      path: observed.path ?? '',
      headers: observed.headers ?? {},
      tls: 'none',
    },
    'mesh',
    port,
    mesh.settings.pathNormalization,
  )
  const found: PossibleRule[] = []
  let isReachedForSure = true
  for (const compiled of rulesOf(mesh, virtualService)) {
    const answer = evaluate(compiled, view, observed)
    if (answer === 'no') continue
    const leadsThere = compiled.rule.targets.some(
      target => resolveTarget(mesh, caller, target, port).cluster === observed.cluster,
    )
    if (leadsThere) found.push({ route: compiled.reference, isCertain: answer === 'yes' && isReachedForSure })
    // Nothing gets past a rule that takes the request for sure.
    if (answer === 'yes') break
    // A rule that leads elsewhere did not take the request: the span shows where it went.
    if (leadsThere) isReachedForSure = false
  }
  return found
}

/** Whether a rule takes the request, as far as the span tells. */
function evaluate({ matches }: CompiledRule, view: RequestView, observed: ObservedRequest): Answer {
  let answer: Answer = 'yes'
  for (const match of matches) {
    if (observed.caller?.kind === 'workload') {
      if (explainAbsence([match], observed.caller, view.gateway, match.port ?? view.port) !== undefined)
        return 'no'
    } else if (match.sourceNamespace !== undefined || Object.keys(match.sourceLabels).length > 0)
      answer = 'maybe'
    const { uri, method, headers, withoutHeaders, queryParams, ...rest } = match
    const bare = { ...rest, headers: {}, withoutHeaders: {}, queryParams: {} }
    if (rest.authority !== undefined || rest.scheme !== undefined) answer = 'maybe'
    const known = {
      headers: {},
      withoutHeaders: {},
      queryParams: {},
      sourceLabels: {},
      gateways: bare.gateways,
      ignoreUriCase: bare.ignoreUriCase,
      ...(uri !== undefined && observed.path !== undefined ? { uri } : {}),
      ...(method !== undefined && observed.method !== undefined ? { method } : {}),
      ...(observed.headers === undefined ? {} : { headers, withoutHeaders }),
      ...(observed.path === undefined ? {} : { queryParams }),
    }
    if (compileMatch(known).some(condition => !condition.isMet(view))) return 'no'
    const isPartlyUnknown =
      (uri !== undefined && observed.path === undefined) ||
      (method !== undefined && observed.method === undefined) ||
      (observed.headers === undefined && Object.keys({ ...headers, ...withoutHeaders }).length > 0) ||
      (observed.path === undefined && Object.keys(queryParams).length > 0)
    if (isPartlyUnknown) answer = 'maybe'
  }
  return answer
}
