import type { HttpMatch, TextMatch, VirtualService } from '../istio/virtual-service.ts'
import type { Problem } from '../problem.ts'

/** A place in `spec.http`: a rule, and one of its matches. */
export interface RulePlace {
  readonly rule: number
  readonly match?: number
}

/** A rule, or one match of it, that no request can reach. */
export interface UnreachableRule extends Problem {
  readonly place: RulePlace
  /** The earlier rule that takes all its requests. */
  readonly earlier: RulePlace
}

/**
 * The rules that never take a request, because an earlier rule takes everything that they would. Only certain
 * cases are told: each condition of the earlier one follows from a condition of the later one.
 */
export function findUnreachableRules(virtualService: VirtualService): readonly UnreachableRule[] {
  const routes = virtualService.http.flatMap((rule): { place: RulePlace; match: HttpMatch }[] =>
    rule.matches.length === 0
      ? [{ place: { rule: rule.index }, match: everything }]
      : rule.matches.map((match, index) => ({ place: { rule: rule.index, match: index }, match })),
  )
  const found = routes.flatMap((later, position) => {
    const earlier = routes.slice(0, position).find(route => covers(route.match, later.match))
    return earlier === undefined ? [] : [{ place: later.place, earlier: earlier.place }]
  })
  return virtualService.http.flatMap(rule => {
    const own = found.filter(item => item.place.rule === rule.index)
    const [first] = own
    if (first === undefined) return []
    // All matches of the rule are taken: one finding for the rule, not one for each match.
    if (own.length === Math.max(1, rule.matches.length) && own.every(item => item.earlier.rule < rule.index))
      return [describe({ rule: rule.index }, first.earlier)]
    return own.map(item => describe(item.place, item.earlier))
  })
}

function describe(place: RulePlace, earlier: RulePlace): UnreachableRule {
  const what = `Rule ${String(place.rule + 1)}${place.match === undefined ? '' : `, match ${String(place.match + 1)},`}`
  const other =
    earlier.rule === place.rule && earlier.match !== undefined
      ? `match ${String(earlier.match + 1)} of the same rule`
      : `rule ${String(earlier.rule + 1)}`
  return {
    code: 'invalid',
    message: `${what} never takes a request: ${other} takes all of them first.`,
    hint: 'Rules are tried in order. Move the narrower rule up, or remove it.',
    at: `spec.http[${String(place.rule)}]${place.match === undefined ? '' : `.match[${String(place.match)}]`}`,
    place,
    earlier,
  }
}

const everything: HttpMatch = {
  headers: {},
  withoutHeaders: {},
  queryParams: {},
  sourceLabels: {},
  gateways: [],
  ignoreUriCase: false,
}

/** Whether every request that `later` takes is one that `earlier` takes. */
export function covers(earlier: HttpMatch, later: HttpMatch): boolean {
  return (
    coversPath(earlier, later) &&
    coversText(earlier.method, later.method) &&
    coversText(earlier.authority, later.authority) &&
    coversText(earlier.scheme, later.scheme) &&
    coversMap(earlier.headers, later.headers) &&
    coversMap(earlier.queryParams, later.queryParams) &&
    Object.entries(earlier.withoutHeaders).every(([name, match]) =>
      isSame(match, later.withoutHeaders[name]),
    ) &&
    (earlier.port === undefined || earlier.port === later.port) &&
    coversSource(earlier, later)
  )
}

/** Istio reads `gateways` in the place of the source's labels and namespace. */
function coversSource(earlier: HttpMatch, later: HttpMatch): boolean {
  if (earlier.gateways.length > 0)
    return later.gateways.length > 0 && later.gateways.every(gateway => earlier.gateways.includes(gateway))
  const asksNothing = Object.keys(earlier.sourceLabels).length === 0 && earlier.sourceNamespace === undefined
  if (asksNothing) return true
  return (
    later.gateways.length === 0 &&
    Object.entries(earlier.sourceLabels).every(([key, value]) => later.sourceLabels[key] === value) &&
    (earlier.sourceNamespace === undefined || earlier.sourceNamespace === later.sourceNamespace)
  )
}

function coversPath(earlier: HttpMatch, later: HttpMatch): boolean {
  const { uri } = earlier
  if (uri === undefined || uri.kind === 'present') return true
  // Every path begins with a slash.
  if (uri.kind === 'prefix' && uri.value === '/') return true
  if (later.uri === undefined) return false
  if (!earlier.ignoreUriCase) return !later.ignoreUriCase && coversText(uri, later.uri)
  return coversText(fold(uri), fold(later.uri))
}

const fold = (match: TextMatch): TextMatch =>
  match.kind === 'exact' || match.kind === 'prefix' ? { ...match, value: match.value.toLowerCase() } : match

const coversMap = (
  earlier: Readonly<Record<string, TextMatch>>,
  later: Readonly<Record<string, TextMatch>>,
): boolean =>
  Object.entries(earlier).every(([name, match]) => {
    const other = later[name]
    return other !== undefined && (match.kind === 'present' || coversText(match, other))
  })

function coversText(earlier: TextMatch | undefined, later: TextMatch | undefined): boolean {
  if (earlier === undefined || earlier.kind === 'present') return true
  if (later === undefined || later.kind === 'present') return false
  if (earlier.kind === 'prefix')
    return (later.kind === 'prefix' || later.kind === 'exact') && later.value.startsWith(earlier.value)
  if (earlier.kind === 'regex' && (earlier.value === '.*' || earlier.value === '(.*)')) return true
  return isSame(earlier, later)
}

const isSame = (one: TextMatch, other: TextMatch | undefined): boolean =>
  other !== undefined &&
  one.kind === other.kind &&
  (one.kind === 'present' || other.kind === 'present' || one.value === other.value)
