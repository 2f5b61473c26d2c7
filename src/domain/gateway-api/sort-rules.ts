import type { HttpMatch, HttpRule, TextMatch } from '../istio/virtual-service.ts'

/**
 * Rules in the order of precedence of the Gateway API: an exact path, the longest prefix, a method, the most
 * headers, the most query parameters; else the order they are given in: older routes first, then as written.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (matches), `sortHTTPRoutes` in istio.
 */
export const sortRules = (rules: readonly HttpRule[]): readonly HttpRule[] => [...rules].sort(compareRules)

function compareRules(one: HttpRule, other: HttpRule): number {
  const [mine] = one.matches
  const [theirs] = other.matches
  if (mine === undefined || theirs === undefined)
    return Number(mine === undefined) - Number(theirs === undefined)
  return compareMatches(mine, theirs)
}

/** The more specific match first; zero where neither is. */
export function compareMatches(mine: HttpMatch, theirs: HttpMatch): number {
  return (
    rankPath(theirs.uri) - rankPath(mine.uri) ||
    lengthOf(theirs.uri) - lengthOf(mine.uri) ||
    Number(theirs.method !== undefined) - Number(mine.method !== undefined) ||
    count(theirs, 'headers') - count(mine, 'headers') ||
    count(theirs, 'queryParams') - count(mine, 'queryParams')
  )
}

const count = (match: HttpMatch, field: 'headers' | 'queryParams'): number => Object.keys(match[field]).length

const ranks = { exact: 3, prefix: 2, regex: 1, present: -1 } as const

const rankPath = (path: TextMatch | undefined): number => (path === undefined ? -1 : ranks[path.kind])

const lengthOf = (path: TextMatch | undefined): number =>
  path === undefined || path.kind === 'present' ? 0 : path.value.length
