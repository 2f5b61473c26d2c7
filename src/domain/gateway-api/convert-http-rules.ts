import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { HttpMatch, HttpRetries, HttpRule } from '../istio/virtual-service.ts'
import { parseDuration } from '../routing/route/duration.ts'
import type { ConvertedRoute } from './convert-backends.ts'
import { convertBackends, totalWeight } from './convert-backends.ts'
import { convertFilters, filtersOf } from './convert-filters.ts'
import { convertGrpcMatch, convertHttpMatch } from './convert-matches.ts'
import type { Made, RouteProblem } from './route-problem.ts'
import { joinProblems } from './route-problem.ts'

/** The rules that a route makes; none where a part of it is wrong in a way that Istio does not step over. */
export interface ConvertedRules<Rule> {
  readonly rules: readonly Rule[]
  readonly problem?: RouteProblem
}

/**
 * The rules of an HTTPRoute or GRPCRoute: one for each match, in the order that they are written.
 * Follows `convertHTTPRoute` and `convertGRPCRoute` in istio's pilot/pkg/config/kube/gateway/conversion.go.
 */
export function convertHttpRules(context: ConvertedRoute): ConvertedRules<HttpRule> {
  const { route } = context
  const rules: HttpRule[] = []
  let problem: RouteProblem | undefined
  for (const [index, item] of rulesOf(route.object.spec).entries()) {
    const written = listOf(item['matches']).map(fieldsOf)
    const isHttp = route.kind === 'HTTPRoute'
    // The API server gives an HTTPRoute's rule without matches one for the prefix `/`.
    const matches = written.length === 0 && isHttp ? [{}] : written
    for (const [place, match] of (matches.length === 0 ? [undefined] : matches).entries()) {
      const converted = match && (isHttp ? convertHttpMatch(match) : convertGrpcMatch(match))
      const made = convertRule(context, item, index, converted)
      if (made.value === undefined) return compact({ rules: [], problem: made.problem })
      problem = made.problem ?? problem
      const ruleName = textOf(item['name'])
      rules.push({
        ...made.value,
        source: {
          kind: route.kind,
          namespace: route.namespace,
          name: route.name,
          rule: index,
          ...(written.length === 0 ? {} : { match: place }),
          ...(ruleName === undefined ? {} : { ruleName }),
        },
      })
    }
  }
  return compact({ rules, problem })
}

/** The rules of any route, as they are written. */
export const rulesOf = (spec: unknown): readonly Fields[] => listOf(fieldsOf(spec)['rules']).map(fieldsOf)

function convertRule(
  context: ConvertedRoute,
  rule: Fields,
  index: number,
  match: HttpMatch | undefined,
): Made<HttpRule> {
  const filtered = convertFilters(context, filtersOf(rule), match)
  if (filtered.value === undefined) return compact({ problem: filtered.problem })
  const base = {
    index,
    name: textOf(rule['name']),
    matches: match === undefined ? [] : [match],
    ...filtered.value,
    ...(context.route.kind === 'HTTPRoute' ? convertTimes(rule) : {}),
  }
  const backends = listOf(rule['backendRefs']).map(fieldsOf)
  if (totalWeight(backends) === 0 && filtered.value.redirect === undefined)
    // "If all entries … are invalid or have zero weight … a 500 status code": HTTPRouteRule.backendRefs.
    return compact({
      value: compact({ ...base, targets: [], directResponse: { status: 500 } }),
      problem: filtered.problem,
    })
  const targets = convertBackends(context, backends)
  if (targets.value === undefined) return compact({ problem: targets.problem })
  return compact({
    value: compact({ ...base, targets: targets.value }),
    problem: joinProblems(targets.problem, filtered.problem),
  })
}

/**
 * Timeouts and retries. A backend's timeout is one try's where there are retries, else the request's.
 * Source: https://gateway-api.sigs.k8s.io/geps/gep-1742/ and https://gateway-api.sigs.k8s.io/geps/gep-1731/
 */
function convertTimes(rule: Fields): Pick<HttpRule, 'timeout' | 'retries'> {
  const timeouts = fieldsOf(rule['timeouts'])
  const request = lasting(timeouts['request'])
  const backend = lasting(timeouts['backendRequest'])
  const retry = optionalFields(rule['retry'])
  const attempts = numberOf(retry?.['attempts']) ?? 2
  const codes = listOf(retry?.['codes']).map(String)
  const retries: HttpRetries | undefined =
    retry &&
    compact({
      attempts,
      perTryTimeout: backend,
      retryOn:
        attempts === 0
          ? undefined
          : ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', ...codes].join(','),
    })
  return compact({ timeout: retries === undefined ? (backend ?? request) : request, retries })
}

const lasting = (value: unknown): string | undefined => {
  const text = textOf(value)
  return (parseDuration(text) ?? 0) > 0 ? text : undefined
}
