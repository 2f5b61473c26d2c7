import { memoize } from '../mesh/memoize.ts'
import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import { compact } from '../mesh/read-fields.ts'
import type { HttpMatch, HttpRule, VirtualService } from '../mesh/virtual-service.ts'
import { isExportedTo } from '../mesh/visibility.ts'
import type { RouteReference } from './decision.ts'
import type { Condition } from './match.ts'
import { compileMatch } from './match.ts'
import type { RequestView } from './request-view.ts'
import type { Caller } from './request.ts'

/** One route as Envoy gets it: one match of one rule. A rule with three matches makes three of these. */
export interface CompiledRule {
  readonly reference: RouteReference
  readonly rule: HttpRule
  /** The rule's own match and, through a delegate, its parent's; all must match. Empty takes everything. */
  readonly matches: readonly HttpMatch[]
  readonly conditions: readonly Condition[]
  /** Whether some callers do not have it at all: see `explainAbsence`. */
  readonly isScoped: boolean
  /** Takes every request that reaches it, so Istio leaves out what follows. */
  readonly isCatchAll: boolean
}

const compiledOf = memoize((mesh: Mesh) => {
  const byName = new Map(mesh.virtualServices.map(item => [`${item.namespace}/${item.name}`, item]))
  return memoize((virtualService: VirtualService) => compile(virtualService, byName))
})

/** The routes of a VirtualService in order, delegates put in; compiled once for a mesh. */
export const rulesOf = (mesh: Mesh, virtualService: VirtualService): readonly CompiledRule[] =>
  compiledOf(mesh)(virtualService)

function compile(
  virtualService: VirtualService,
  byName: ReadonlyMap<string, VirtualService>,
): readonly CompiledRule[] {
  return virtualService.http.flatMap(rule => {
    if (rule.delegate === undefined) return alternatives(virtualService, rule, [undefined])
    const { namespace, name } = rule.delegate
    const delegate = byName.get(`${namespace}/${name}`)
    if (
      delegate === undefined ||
      !isExportedTo(delegate.exportTo, delegate.namespace, virtualService.namespace)
    )
      return []
    // A delegate's rule takes what it does not say from its parent's, and matches what both match. Only one level.
    // Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate
    const { matches } = rule
    return delegate.http.flatMap(own =>
      alternatives(delegate, inherit(rule, own), matches.length === 0 ? [undefined] : matches),
    )
  })
}

function inherit(parent: HttpRule, own: HttpRule): HttpRule {
  return { ...parent, ...own, mirrors: own.mirrors.length > 0 ? own.mirrors : parent.mirrors }
}

function alternatives(
  owner: VirtualService,
  rule: HttpRule,
  parents: readonly (HttpMatch | undefined)[],
): readonly CompiledRule[] {
  const own: readonly (HttpMatch | undefined)[] = rule.matches.length === 0 ? [undefined] : rule.matches
  return parents.flatMap(parent =>
    own.map((match, index): CompiledRule => {
      const matches = [parent, match].filter(item => item !== undefined)
      return {
        reference: {
          kind: owner.kind,
          namespace: owner.namespace,
          name: owner.name,
          rule: rule.index,
          ...(match === undefined ? {} : { match: index }),
          ...(rule.name === undefined ? {} : { ruleName: rule.name }),
          ...(match?.name === undefined ? {} : { matchName: match.name }),
        },
        rule,
        matches,
        conditions: matches.flatMap(item => compileMatch(item)),
        isScoped: matches.some(hasScope),
        isCatchAll: matches.every(takesAll),
      }
    }),
  )
}

const hasScope = (match: HttpMatch): boolean =>
  match.port !== undefined ||
  match.gateways.length > 0 ||
  match.sourceNamespace !== undefined ||
  !isEmpty(match.sourceLabels)

const isEmpty = (record: object): boolean => Object.keys(record).length === 0

/** Whether a match asks nothing of the request itself, as Istio's `isCatchAllRoute` asks of Envoy's route. */
const takesAll = (match: HttpMatch): boolean =>
  (match.uri === undefined || (match.uri.kind === 'prefix' && match.uri.value === '/')) &&
  match.method === undefined &&
  match.authority === undefined &&
  match.scheme === undefined &&
  isEmpty(match.headers) &&
  isEmpty(match.withoutHeaders) &&
  isEmpty(match.queryParams)

/**
 * A rule as a gateway has it. A match that names the gateway is for it whatever the source's labels, so that
 * rules of several Gateways can stand in one list.
 */
export const bindToGateway = (rule: CompiledRule, gateway: string): CompiledRule => {
  if (!rule.isScoped) return rule
  const matches = rule.matches.map((match): HttpMatch => {
    if (!match.gateways.includes(gateway)) return match
    return compact({ ...match, gateways: [], sourceLabels: {}, sourceNamespace: undefined })
  })
  return { ...rule, matches, isScoped: matches.some(hasScope) }
}

/**
 * Why a rule is not in the caller's proxy at all, or undefined where it is: these fields are read by istiod,
 * not by Envoy. Where `gateways` names one that fits, Istio does not look at the source's labels.
 */
export function explainAbsence(
  matches: readonly HttpMatch[],
  caller: Caller,
  gateway: string,
  port: number,
): string | undefined {
  for (const match of matches) {
    if (match.port !== undefined && match.port !== port)
      return `the rule is for port ${String(match.port)}, not ${String(port)}`
    if (match.gateways.length > 0) {
      if (match.gateways.includes(gateway)) continue
      return gateway === 'mesh'
        ? 'the rule is for a gateway, not the mesh'
        : `the rule is not for gateway ${gateway}`
    }
    if (!selects(match.sourceLabels, caller.labels)) return explainLabels(match.sourceLabels, caller.labels)
    if (match.sourceNamespace !== undefined && match.sourceNamespace !== caller.namespace)
      return `the caller is in namespace ${caller.namespace}, not ${match.sourceNamespace}`
  }
  return undefined
}

function explainLabels(
  wanted: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): string {
  for (const [key, value] of Object.entries(wanted)) {
    const own = labels[key]
    if (own === undefined) return `the caller has no label ${key}`
    if (own !== value) return `the caller's label ${key} is "${own}", not "${value}"`
  }
  return "the caller's labels differ"
}

/** Whether a rule takes the request. */
export function takesRequest(rule: CompiledRule, view: RequestView): boolean {
  if (rule.isScoped && explainAbsence(rule.matches, view.request.from, view.gateway, view.port) !== undefined)
    return false
  for (const condition of rule.conditions) if (!condition.isMet(view)) return false
  return true
}

/** Why a rule does not take the request, in words. */
export function explainRefusal(rule: CompiledRule, view: RequestView): string {
  const absence = explainAbsence(rule.matches, view.request.from, view.gateway, view.port)
  if (absence !== undefined) return absence
  return rule.conditions.find(condition => !condition.isMet(view))?.explain(view) ?? 'yes'
}
