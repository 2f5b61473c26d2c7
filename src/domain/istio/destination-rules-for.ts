import type { DestinationRule, Subset } from './destination-rule.ts'
import { mostSpecific } from './host-name.ts'
import { memoizeByKey } from './memoize.ts'
import type { Mesh } from './mesh.ts'
import { selects } from './named-object.ts'
import type { Fields } from './fields/read-fields.ts'
import { isExportedTo, visibleServices } from './visibility.ts'

/** The DestinationRules that one caller's proxy applies to a host, merged as Istio merges them. */
export interface AppliedDestinationRules {
  /** Oldest first; empty where no rule is for the host. */
  readonly rules: readonly DestinationRule[]
  readonly subsets: ReadonlyMap<string, { readonly subset: Subset; readonly rule: DestinationRule }>
  /** The undecoded top-level `trafficPolicy`, and whose it is. */
  readonly trafficPolicy?: { readonly fields: Fields; readonly rule: DestinationRule }
}

/**
 * Istio looks in the caller's namespace, then in the service's, then in the root namespace, and takes the first
 * that has a rule for the host, the most specific one there. Rules of one namespace for the same host are merged:
 * subsets add up, the oldest traffic policy counts.
 * Source: https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration
 */
export function destinationRulesFor(
  mesh: Mesh,
  host: string,
  callerNamespace: string,
  callerLabels?: Readonly<Record<string, string>>,
): AppliedDestinationRules {
  const isSelective = mesh.destinationRules.some(rule => Object.keys(rule.workloadSelector).length > 0)
  return isSelective
    ? findRules(mesh, host, callerNamespace, callerLabels)
    : rememberedRules(mesh, host, callerNamespace)
}

const rememberedRules = memoizeByKey(
  (host: string, callerNamespace: string) => `${callerNamespace}/${host}`,
  (mesh: Mesh, host: string, callerNamespace: string) => findRules(mesh, host, callerNamespace),
)

function findRules(
  mesh: Mesh,
  host: string,
  callerNamespace: string,
  callerLabels?: Readonly<Record<string, string>>,
): AppliedDestinationRules {
  const serviceNamespace = visibleServices(mesh, callerNamespace).get(host)?.namespace
  for (const namespace of new Set([callerNamespace, serviceNamespace, mesh.rootNamespace])) {
    const candidates = mesh.destinationRules.filter(
      rule => rule.namespace === namespace && isExportedTo(rule.exportTo, rule.namespace, callerNamespace),
    )
    const isOwn = (rule: DestinationRule): boolean => Object.keys(rule.workloadSelector).length > 0
    // A rule with a workloadSelector is for callers of its own namespace only.
    const found = pickMostSpecific(
      host,
      candidates.filter(rule => !isOwn(rule) || namespace === callerNamespace),
    )
    if (found === undefined) continue
    // The host says first which rules count, whomever they are for; then the selector.
    const selected = found.filter(
      rule => isOwn(rule) && callerLabels !== undefined && selects(rule.workloadSelector, callerLabels),
    )
    return merge(selected.length > 0 ? selected : lastExported(found.filter(rule => !isOwn(rule))))
  }
  return merge([])
}

/**
 * Only rules of one `exportTo` are merged; of several, those count whose first is the youngest.
 * Source: `mergeDestinationRule` and `SidecarScope.DestinationRule` in istio's pilot/pkg/model.
 */
function lastExported(rules: readonly DestinationRule[]): readonly DestinationRule[] {
  const keyOf = ({ exportTo }: DestinationRule): string => [...new Set(exportTo)].sort().join(' ')
  const last = [...new Set(rules.map(keyOf))].at(-1)
  return rules.filter(rule => keyOf(rule) === last)
}

function pickMostSpecific(
  host: string,
  rules: readonly DestinationRule[],
): readonly DestinationRule[] | undefined {
  const pattern = mostSpecific(
    host,
    rules.map(rule => [rule.host, rule.host] as const),
  )
  return pattern === undefined ? undefined : rules.filter(rule => rule.host === pattern)
}

function merge(rules: readonly DestinationRule[]): AppliedDestinationRules {
  const subsets = new Map<string, { subset: Subset; rule: DestinationRule }>()
  for (const rule of rules)
    for (const subset of rule.subsets)
      if (!subsets.has(subset.name)) subsets.set(subset.name, { subset, rule })
  const rule = rules.find(candidate => candidate.trafficPolicy !== undefined)
  return {
    rules,
    subsets,
    ...(rule?.trafficPolicy === undefined ? {} : { trafficPolicy: { fields: rule.trafficPolicy, rule } }),
  }
}
