import { compact } from '../../istio/fields/read-fields.ts'
import type { HttpMatch, HttpRule, TextMatch } from '../../istio/virtual-service.ts'

/** A match of a delegate's rule together with one of its parent's; `own` is its place among the rule's own. */
export interface MergedMatch {
  readonly match: HttpMatch
  readonly own?: number
}

/**
 * The matches of a delegate's rule within those of the rule that delegates to it: all pairs that agree. Undefined
 * where a match agrees with none, for then istiod leaves the delegate's rule out.
 * Source: `mergeHTTPMatchRequests` in istio's pilot/pkg/model/virtualservice.go, and
 * https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate
 */
export function mergeMatches(
  parents: readonly HttpMatch[],
  own: readonly HttpMatch[],
): readonly MergedMatch[] | undefined {
  if (parents.length === 0) return own.map((match, index) => ({ match, own: index }))
  if (own.length === 0) return parents.map(match => ({ match }))
  const merged: MergedMatch[] = []
  for (const [index, match] of own.entries()) {
    const fitting = parents.filter(parent => !isConflict(parent, match))
    if (fitting.length === 0) return undefined
    merged.push(...fitting.map(parent => ({ match: mergeMatch(parent, match), own: index })))
  }
  return merged
}

/** What a delegate's rule does not say itself, its parent's says; the destinations are its own. */
export function inherit(parent: HttpRule, own: HttpRule): HttpRule {
  return { ...parent, ...own, mirrors: own.mirrors.length > 0 ? own.mirrors : parent.mirrors }
}

const mergeMatch = (parent: HttpMatch, own: HttpMatch): HttpMatch =>
  compact({
    ...own,
    name: own.name ?? parent.name,
    uri: own.uri ?? parent.uri,
    scheme: own.scheme ?? parent.scheme,
    method: own.method ?? parent.method,
    authority: own.authority ?? parent.authority,
    headers: { ...parent.headers, ...own.headers },
    withoutHeaders: { ...parent.withoutHeaders, ...own.withoutHeaders },
    queryParams: { ...parent.queryParams, ...own.queryParams },
    port: own.port ?? parent.port,
    sourceLabels: { ...parent.sourceLabels, ...own.sourceLabels },
    sourceNamespace: own.sourceNamespace ?? parent.sourceNamespace,
    gateways: own.gateways.length > 0 ? own.gateways : parent.gateways,
  })

/** Whether a delegate's match lies outside a match of the rule that delegates to it. */
export function isConflict(parent: HttpMatch, own: HttpMatch): boolean {
  const texts: readonly (readonly [TextMatch | undefined, TextMatch | undefined])[] = [
    [parent.uri, own.uri],
    [parent.scheme, own.scheme],
    [parent.method, own.method],
    [parent.authority, own.authority],
    ...pairs(parent.headers, own.headers),
    ...pairs(parent.withoutHeaders, own.withoutHeaders),
    ...pairs(parent.queryParams, own.queryParams),
  ]
  if (texts.some(([one, other]) => isTextConflict(one, other))) return true
  if (parent.ignoreUriCase !== own.ignoreUriCase) return true
  if (parent.port !== undefined && own.port !== undefined && parent.port !== own.port) return true
  if (parent.sourceNamespace !== undefined && parent.sourceNamespace !== own.sourceNamespace) return true
  for (const [key, value] of Object.entries(own.sourceLabels))
    if (parent.sourceLabels[key] !== undefined && parent.sourceLabels[key] !== value) return true
  if (parent.gateways.length === 0 || own.gateways.length === 0) return false
  return (
    parent.gateways.length < own.gateways.length ||
    own.gateways.some(gateway => !parent.gateways.includes(gateway))
  )
}

const pairs = (
  parent: Readonly<Record<string, TextMatch>>,
  own: Readonly<Record<string, TextMatch>>,
): [TextMatch | undefined, TextMatch | undefined][] =>
  Object.entries(own).map(([name, text]) => [parent[name], text])

/** Only an equal text, or one that begins with the parent's prefix, lies within what the parent asks for. */
function isTextConflict(parent: TextMatch | undefined, own: TextMatch | undefined): boolean {
  if (parent === undefined || own === undefined) return false
  if (parent.kind === 'present' || own.kind === 'present' || parent.value === '' || own.value === '')
    return true
  if (parent.kind === 'exact') return own.kind !== 'exact' || own.value !== parent.value
  return parent.kind === 'regex' || own.kind === 'regex' || !own.value.startsWith(parent.value)
}
