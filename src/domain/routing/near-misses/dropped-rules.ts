import type { Mesh } from '../../istio/mesh.ts'
import type { HttpMatch, HttpRule, TextMatch, VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo } from '../../istio/visibility.ts'
import type { ConsideredRule, RouteReference } from '../decision.ts'
import { isConflict, mergeMatches } from '../route/merge-delegate.ts'
import type { CompiledRule } from '../route/rules.ts'
import { rulesOf } from '../route/rules.ts'
import { missOf, referenceTo, titleOf } from './near-miss.ts'

/** A rule that istiod leaves out when it puts a delegate into a VirtualService, or a delegate as a whole. */
export interface DroppedRule {
  /** The index of the rule that delegates. */
  readonly rootRule: number
  readonly miss: ConsideredRule
}

/** What becomes of the delegates of a VirtualService that do not become rules. */
export function droppedRules(mesh: Mesh, root: VirtualService): readonly DroppedRule[] {
  return root.http.flatMap((rule): readonly DroppedRule[] => {
    const { delegate: reference } = rule
    if (reference === undefined) return []
    const own = { kind: 'VirtualService', ...reference }
    const field = `spec.http[${String(rule.index)}].delegate`
    const drop = (miss: ConsideredRule): DroppedRule => ({ rootRule: rule.index, miss })
    const delegate = mesh.virtualServices.find(
      item => item.namespace === reference.namespace && item.name === reference.name,
    )
    if (delegate === undefined)
      return [
        drop(missOf(own, field, `${ruleTitle(root, rule)} delegates to it, and it does not exist`, root)),
      ]
    if (delegate.hosts.length > 0)
      return [
        drop(
          missOf(
            own,
            'spec.hosts',
            `${ruleTitle(root, rule)} delegates to it, and an object with hosts is no delegate`,
          ),
        ),
      ]
    if (!isExportedTo(delegate.exportTo, delegate.namespace, root.namespace))
      return [
        drop(
          missOf(
            own,
            'spec.exportTo',
            `${ruleTitle(root, rule)} delegates to it, and exportTo leaves out namespace ${root.namespace}`,
          ),
        ),
      ]
    return delegate.http
      .filter(item => mergeMatches(rule.matches, item.matches) === undefined)
      .map(item => drop(explainConflict(root, rule, delegate, item)))
  })
}

function explainConflict(
  root: VirtualService,
  parent: HttpRule,
  delegate: VirtualService,
  rule: HttpRule,
): ConsideredRule {
  const index = rule.matches.findIndex(match => parent.matches.every(own => isConflict(own, match)))
  const match = rule.matches[Math.max(0, index)]
  const described = match === undefined ? '' : ` (${describeMatch(match)})`
  return {
    route: { ...referenceTo(delegate), rule: rule.index, ...(index < 0 ? {} : { match: index }) },
    matched: false,
    reason: `match ${String(index + 1)}${described} conflicts with the match of ${ruleTitle(root, parent)}, which drops the whole rule there`,
    object: referenceTo(root),
    field: `spec.http[${String(parent.index)}].match`,
  }
}

const ruleTitle = (root: VirtualService, { index, name }: HttpRule): string =>
  `rule ${String(index + 1)}${name === undefined ? '' : ` "${name}"`} of ${titleOf(root)}`

const describeText = (text: TextMatch): string =>
  text.kind === 'present' ? 'is there' : `${text.kind} "${text.value}"`

/** `uri prefix "/catalog"`. */
function describeMatch(match: HttpMatch): string {
  const parts = (['uri', 'method', 'authority', 'scheme'] as const).flatMap(field => {
    const text = match[field]
    return text === undefined ? [] : `${field} ${describeText(text)}`
  })
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const)
    parts.push(
      ...Object.entries(match[field]).map(([name, text]) => `${field} ${name} ${describeText(text)}`),
    )
  if (match.port !== undefined) parts.push(`port ${String(match.port)}`)
  return parts.join(', ')
}

const isSame = (one: RouteReference, other: RouteReference): boolean =>
  one.namespace === other.namespace &&
  one.name === other.name &&
  one.rule === other.rule &&
  one.match === other.match

/** The rules of VirtualServices that a gateway is not sent, since one before them takes everything on its port. */
export function shadowedRules(
  mesh: Mesh,
  bound: readonly VirtualService[],
  sent: readonly CompiledRule[],
): readonly ConsideredRule[] {
  return bound.flatMap(item => {
    const own = rulesOf(mesh, item)
    const last = own.findLast(rule => sent.some(other => isSame(other.reference, rule.reference)))
    if (last === undefined || !last.isCatchAll) return []
    const port = last.matches.find(match => match.port !== undefined)?.port
    const { rule, match } = last.reference
    return own
      .filter(each => !sent.some(other => isSame(other.reference, each.reference)))
      .map(({ reference }) => ({
        route: reference,
        matched: false,
        reason:
          port === undefined
            ? `rule ${String(rule + 1)} takes everything, so that rules after it are not sent to the gateway`
            : `rule ${String(rule + 1)} matches by port ${String(port)} alone and takes everything on that port, so that rules after it are not sent to the gateway`,
        object: referenceTo(last.reference),
        field: `spec.http[${String(rule)}]${match === undefined ? '' : `.match[${String(match)}]`}`,
      }))
  })
}
