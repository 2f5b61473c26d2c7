import type { HttpMatch, TextMatch } from '../../istio/virtual-service.ts'
import type { RequestView } from './request-view.ts'
import { headerOf } from './request-view.ts'
import type { CompiledRule } from './rules.ts'
import { takesRequest } from './rules.ts'

/** Reads from a request the text that decides which rules of a group can take it at all. */
type ReadText = (view: RequestView) => string | undefined

/** Rules that ask for an exact text in the same place of a request, by that text; each list in the rules' order. */
interface Group {
  readonly read: ReadText
  readonly byText: Map<string, number[]>
}

interface RuleIndex {
  readonly groups: readonly Group[]
  /** Rules that ask for no exact text: these are tried one by one. */
  readonly others: readonly number[]
}

/** Fewer rules are faster tried one by one. */
const MIN_RULES = 6

const indexes = new WeakMap<readonly CompiledRule[], RuleIndex>()

/** The first of the rules that takes a request; the order of the rules decides, as in Envoy. */
export function findRule(rules: readonly CompiledRule[], view: RequestView): CompiledRule | undefined {
  if (rules.length < MIN_RULES) return rules.find(rule => takesRequest(rule, view))
  let index = indexes.get(rules)
  if (index === undefined) {
    index = buildIndex(rules)
    indexes.set(rules, index)
  }
  const { groups, others } = index
  let best = others.length === 0 ? rules.length : firstOf(rules, others, view, rules.length)
  for (const group of groups) {
    const text = group.read(view)
    const own = text === undefined ? undefined : group.byText.get(text)
    if (own !== undefined) best = firstOf(rules, own, view, best)
  }
  return rules[best]
}

/** The first rule of a list that takes the request, if it comes before the best so far. */
function firstOf(
  rules: readonly CompiledRule[],
  places: readonly number[],
  view: RequestView,
  best: number,
): number {
  for (const place of places) {
    if (place >= best) return best
    const rule = rules[place]
    if (rule !== undefined && takesRequest(rule, view)) return place
  }
  return best
}

function buildIndex(rules: readonly CompiledRule[]): RuleIndex {
  const groups = new Map<string, Group>()
  const others: number[] = []
  for (const [place, { matches }] of rules.entries()) {
    const key = keyOf(matches)
    if (key === undefined) {
      others.push(place)
      continue
    }
    let group = groups.get(key.group)
    if (group === undefined) groups.set(key.group, (group = { read: key.read, byText: new Map() }))
    const own = group.byText.get(key.text)
    if (own === undefined) group.byText.set(key.text, [place])
    else own.push(place)
  }
  return { groups: [...groups.values()], others }
}

interface Key {
  readonly group: string
  readonly read: ReadText
  readonly text: string
}

/** A text that every request must have that the rule takes, the one that leaves the fewest rules; undefined for none. */
function keyOf(matches: readonly HttpMatch[]): Key | undefined {
  for (const find of [exactPath, pathPrefix, header, parameter, method])
    for (const match of matches) {
      const key = find(match)
      if (key !== undefined) return key
    }
  return undefined
}

const readPath: ReadText = view => view.path

const exactPath = ({ uri, ignoreUriCase }: HttpMatch): Key | undefined =>
  uri?.kind === 'exact' && !ignoreUriCase ? { group: 'path', read: readPath, text: uri.value } : undefined

/** A prefix that ends with a slash also means the path without it, where prefixes are those of the Gateway API. */
function pathPrefix({ uri, ignoreUriCase }: HttpMatch): Key | undefined {
  if (uri?.kind !== 'prefix' || ignoreUriCase) return undefined
  const text = uri.value.endsWith('/') ? uri.value.slice(0, -1) : uri.value
  const { length } = text
  if (length === 0) return undefined
  return {
    group: `path of ${String(length)}`,
    read: ({ path }) =>
      path.length === length ? path : path.length < length ? undefined : path.slice(0, length),
    text,
  }
}

const header = ({ headers }: HttpMatch): Key | undefined =>
  exactOf(headers, 'header', (view, name) => headerOf(view, name))

const parameter = ({ queryParams }: HttpMatch): Key | undefined =>
  exactOf(queryParams, 'parameter', (view, name) => view.parameters.get(name))

const method = (match: HttpMatch): Key | undefined =>
  match.method?.kind === 'exact'
    ? { group: 'method', read: view => view.request.method, text: match.method.value }
    : undefined

function exactOf(
  texts: Readonly<Record<string, TextMatch>>,
  kind: string,
  read: (view: RequestView, name: string) => string | undefined,
): Key | undefined {
  for (const [name, text] of Object.entries(texts))
    if (text.kind === 'exact')
      return { group: `${kind} ${name}`, read: view => read(view, name), text: text.value }
  return undefined
}
