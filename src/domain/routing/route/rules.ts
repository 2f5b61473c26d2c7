import { memoize } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { HttpMatch, HttpRule, VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo } from '../../istio/visibility.ts'
import type { RouteReference } from '../decision.ts'
import type { Condition } from './match.ts'
import { compileMatch } from './match.ts'
import type { MergedMatch } from './merge-delegate.ts'
import { inherit, mergeMatches } from './merge-delegate.ts'
import type { RequestView } from './request-view.ts'
import type { Caller } from '../request.ts'

/** One route as Envoy gets it: one match of one rule. A rule with three matches makes three of these. */
export interface CompiledRule {
  readonly reference: RouteReference
  readonly rule: HttpRule
  /** The namespace of the object with the hosts, which for a delegate's rule is another than the rule's own. */
  readonly namespace: string
  /** The rule's match, for a delegate's rule together with its parent's; all must match. Empty takes everything. */
  readonly matches: readonly HttpMatch[]
  readonly conditions: readonly Condition[]
  /** Whether some callers do not have it at all: see `explainAbsence`. */
  readonly isScoped: boolean
  /** Takes every request that reaches it, so Istio leaves out what follows. */
  readonly isCatchAll: boolean
  /** Where the rule is in a gateway's list, which rules of several Gateways share. */
  readonly binding?: GatewayBinding
}

/** The server for which istiod made a gateway's rule: it is first asked for each Gateway and VirtualService. */
export interface GatewayBinding {
  /** `namespace/name`. */
  readonly gateway: string
  /** The port that the server names. */
  readonly port: number
  readonly isTls: boolean
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
    const { delegate: reference } = rule
    if (reference === undefined) return alternatives(virtualService, virtualService, rule, ownMatches(rule))
    const delegate = byName.get(`${reference.namespace}/${reference.name}`)
    // One level only: an object with hosts of its own is no delegate.
    if (
      delegate === undefined ||
      delegate.hosts.length > 0 ||
      !isExportedTo(delegate.exportTo, delegate.namespace, virtualService.namespace)
    )
      return []
    return delegate.http.flatMap(own => {
      const matches = mergeMatches(rule.matches, own.matches)
      return matches === undefined ? [] : alternatives(virtualService, delegate, inherit(rule, own), matches)
    })
  })
}

const ownMatches = ({ matches }: HttpRule): readonly MergedMatch[] =>
  matches.map((match, own) => ({ match, own }))

function alternatives(
  root: VirtualService,
  owner: VirtualService,
  rule: HttpRule,
  matches: readonly MergedMatch[],
): readonly CompiledRule[] {
  const list: readonly (MergedMatch | undefined)[] = matches.length === 0 ? [undefined] : matches
  return list.map((item): CompiledRule => {
    const own = item === undefined ? [] : [item.match]
    return {
      reference: rule.source ?? {
        kind: owner.kind,
        namespace: owner.namespace,
        name: owner.name,
        rule: rule.index,
        ...(item?.own === undefined ? {} : { match: item.own }),
        ...(rule.name === undefined ? {} : { ruleName: rule.name }),
        ...(item?.match.name === undefined ? {} : { matchName: item.match.name }),
      },
      rule,
      namespace: root.namespace,
      matches: own,
      conditions: own.flatMap(match => compileMatch(match, rule.source !== undefined)),
      isScoped: own.some(hasScope),
      isCatchAll: own.every(takesAll),
    }
  })
}

const hasScope = (match: HttpMatch): boolean =>
  match.port !== undefined ||
  match.gateways.length > 0 ||
  match.sourceNamespace !== undefined ||
  !isEmpty(match.sourceLabels)

const isEmpty = (record: object): boolean => Object.keys(record).length === 0

/** Whether a match asks nothing of the request itself: `IsCatchAllRoute` in istio's route/route.go. */
const takesAll = (match: HttpMatch): boolean =>
  (match.uri === undefined ||
    match.uri.kind === 'present' ||
    (match.uri.kind === 'prefix' && match.uri.value === '/') ||
    (match.uri.kind === 'regex' && match.uri.value === '.*')) &&
  match.method === undefined &&
  match.authority === undefined &&
  match.scheme === undefined &&
  isEmpty(match.headers) &&
  isEmpty(match.withoutHeaders) &&
  isEmpty(match.queryParams)

/** Whether istiod sends the rule to a caller's proxy at all, where it is bound to. */
export const isPresent = (rule: CompiledRule, caller: Caller, gateway: string, port: number): boolean =>
  !rule.isScoped ||
  explainAbsence(rule.matches, caller, rule.binding?.gateway ?? gateway, rule.binding?.port ?? port) ===
    undefined

/**
 * The rules up to the first that takes everything, after which istiod sends none: a rule without match, or the
 * first of those that the caller's proxy gets.
 */
export function withoutShadowed(
  rules: readonly CompiledRule[],
  caller: Caller,
  gateway: string,
  port: number,
): readonly CompiledRule[] {
  const last = rules.findIndex(
    rule => rule.matches.length === 0 || (rule.isCatchAll && isPresent(rule, caller, gateway, port)),
  )
  return last < 0 ? rules : rules.slice(0, last + 1)
}

/** A field of a match that istiod reads itself, and why it keeps the rule from a proxy. */
export interface Absence {
  readonly field: 'port' | 'gateways' | 'sourceLabels' | 'sourceNamespace'
  /** One clause in words. */
  readonly reason: string
}

/** Why a rule is not in the caller's proxy at all, in words; undefined where it is. */
export const explainAbsence = (
  matches: readonly HttpMatch[],
  caller: Caller,
  gateway: string,
  port: number,
): string | undefined => findAbsence(matches, caller, gateway, port)?.reason

/**
 * Why a rule is not in the caller's proxy at all, or undefined where it is: these fields are read by istiod,
 * not by Envoy. Where `gateways` names one that fits, Istio does not look at the source's labels.
 */
export function findAbsence(
  matches: readonly HttpMatch[],
  caller: Caller,
  gateway: string,
  port: number,
): Absence | undefined {
  for (const match of matches) {
    if (match.port !== undefined && match.port !== port)
      return { field: 'port', reason: `the rule is for port ${String(match.port)}, not ${String(port)}` }
    if (match.gateways.length > 0) {
      if (match.gateways.includes(gateway)) continue
      const named = match.gateways.join(' and ')
      return {
        field: 'gateways',
        reason:
          gateway === 'mesh'
            ? `the rule is for a gateway (${named}), not the mesh`
            : `the rule is not for gateway ${gateway}: its gateways are ${named}`,
      }
    }
    if (!selects(match.sourceLabels, caller.labels))
      return { field: 'sourceLabels', reason: explainLabels(match.sourceLabels, caller.labels) }
    if (match.sourceNamespace !== undefined && match.sourceNamespace !== caller.namespace)
      return {
        field: 'sourceNamespace',
        reason: `the caller is in namespace ${caller.namespace}, not ${match.sourceNamespace}`,
      }
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
  if (!isPresent(rule, view.request.from, view.gateway, view.port)) return false
  for (const condition of rule.conditions) if (!condition.isMet(view)) return false
  return true
}

/** Why a rule does not take the request, in words. */
export function explainDenial(rule: CompiledRule, view: RequestView): string {
  const { gateway = view.gateway, port = view.port } = rule.binding ?? {}
  const absence = explainAbsence(rule.matches, view.request.from, gateway, port)
  if (absence !== undefined) return absence
  return rule.conditions.find(condition => !condition.isMet(view))?.explain(view) ?? 'yes'
}
