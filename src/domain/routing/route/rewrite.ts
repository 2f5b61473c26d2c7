import type { HeaderChanges, HttpMatch, HttpRedirect, HttpRewrite } from '../../istio/virtual-service.ts'
import { formatHeaderValue } from './header-format.ts'
import { compileExpression } from './match.ts'
import type { RequestView } from './request-view.ts'

/**
 * The path and query after a rewrite. Envoy replaces what the route matched: the prefix of a prefix match, the
 * whole path of an exact or regex match, and for a route that matches no path, the `/` that all paths begin with.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto (prefix_rewrite, regex_rewrite).
 */
export function rewritePath(view: RequestView, matches: readonly HttpMatch[], rewrite: HttpRewrite): string {
  if (rewrite.regex !== undefined) {
    const expression = compileExpression(rewrite.regex.match)
    if (expression === undefined) return view.path + view.query
    return expression.matcher(view.path).replaceAll(substitute(rewrite.regex.rewrite)) + view.query
  }
  return rewrite.uri === undefined
    ? view.path + view.query
    : replacePrefix(view, matches, rewrite.uri) + view.query
}

function replacePrefix(view: RequestView, matches: readonly HttpMatch[], replacement: string): string {
  const uri = matches.findLast(match => match.uri !== undefined)?.uri
  const matched =
    uri?.kind === 'prefix' ? uri.value : uri?.kind === 'exact' || uri?.kind === 'regex' ? view.path : '/'
  return replacement + view.path.slice(matched.length)
}

/** RE2 writes groups as `\1` and means nothing by `$`, unlike re2js's own replacement texts. */
const substitute =
  (text: string) =>
  (...found: (string | undefined)[]): string =>
    text.replaceAll(/\\([\d\\])/g, (_all, sign: string) =>
      sign === '\\' ? sign : (found[Number(sign)] ?? ''),
    )

/**
 * Where a redirect sends the caller. The query goes along unless the redirect brings its own. A host keeps its port
 * unless the redirect names one, or the scheme changes and the port is the old one's default.
 * Source: `ApplyRedirect` in istio's route/route.go and `RouteEntryImplBase::newUri` in Envoy's config_impl.cc.
 */
export function redirectLocation(
  view: RequestView,
  matches: readonly HttpMatch[],
  redirect: HttpRedirect,
  isTls: boolean,
): string {
  const scheme = redirect.scheme ?? view.request.scheme
  const asked = redirect.port ?? (redirect.derivePort === 'FROM_REQUEST_PORT' ? view.port : undefined)
  const defaultPort = (redirect.scheme ?? (isTls ? 'https' : 'http')) === 'https' ? 443 : 80
  const port = asked === undefined || asked === defaultPort ? '' : `:${String(asked)}`
  const host = redirect.authority ?? hostWithoutPort(view, scheme, port)
  return `${scheme}://${host}${port}${redirectPath(view, matches, redirect)}`
}

function hostWithoutPort({ request }: RequestView, scheme: string, port: string): string {
  const written = /:\d+$/.exec(request.host)?.[0]
  if (written === undefined) return request.host
  const isOldDefault = scheme !== request.scheme && written === (request.scheme === 'https' ? ':443' : ':80')
  return port !== '' || isOldDefault ? request.host.slice(0, -written.length) : request.host
}

function redirectPath(view: RequestView, matches: readonly HttpMatch[], redirect: HttpRedirect): string {
  if (redirect.prefix !== undefined) return replacePrefix(view, matches, redirect.prefix) + view.query
  const path = redirect.uri ?? view.path
  return path.includes('?') ? path : path + view.query
}

/** Headers, and those whose value only the proxy knows, with the operators that ask for it. */
export interface ChangedHeaders {
  readonly headers: Readonly<Record<string, string>>
  readonly unknown: Readonly<Record<string, string>>
  /** Of headers that were added to, the value that an operator reads: the first. */
  readonly first?: Readonly<Record<string, string>>
}

/** Of these Envoy keeps one line, so that an operator reads all of it. Source: `INLINE_REQ_STRING_HEADERS` in Envoy's header_map.h. */
const joined = new Set(['user-agent', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])

/**
 * Headers after changes that Envoy makes together: it removes all first, works out the values, then sets all, then adds
 * all. A value that comes out empty changes nothing. To add to a header makes another line of it, and `%REQ(…)%` reads
 * the first.
 * Source: `HeaderParser::evaluateHeaders` in Envoy's header_parser.cc, and `HeaderFormatter::findHeader` in its formatter.
 */
export function changeHeaders(
  given: ChangedHeaders,
  changes: readonly HeaderChanges[],
  { request, path, query }: RequestView,
): ChangedHeaders {
  if (changes.length === 0) return given
  const headers: Record<string, string> = { ...given.headers }
  const unknown: Record<string, string> = { ...given.unknown }
  const first: Record<string, string> = { ...given.first }
  const drop = (record: Record<string, string>, name: string): boolean => Reflect.deleteProperty(record, name)
  for (const { remove } of changes)
    for (const name of remove) {
      drop(headers, name.toLowerCase())
      drop(unknown, name.toLowerCase())
      drop(first, name.toLowerCase())
    }
  const context = { request, target: path + query, headers: { ...headers, ...first } }
  const format = (value: string): string | undefined => formatHeaderValue(value, context)
  for (const { set } of changes)
    for (const [written, value] of Object.entries(set)) {
      if (isInternal(written)) continue
      const name = written.toLowerCase()
      const text = format(value)
      if (text === '') continue
      drop(first, name)
      drop(text === undefined ? headers : unknown, name)
      if (text === undefined) unknown[name] = value
      else headers[name] = text
    }
  for (const { add } of changes)
    for (const [written, value] of Object.entries(add)) {
      const name = written.toLowerCase()
      const text = format(value)
      if (isInternal(name) || text === '') continue
      if (text !== undefined && unknown[name] === undefined) {
        const existing = headers[name]
        if (existing !== undefined && !joined.has(name)) first[name] ??= existing
        headers[name] = headers[name] === undefined ? text : `${headers[name]}, ${text}`
      } else {
        unknown[name] = [headers[name] ?? unknown[name], value].filter(item => item !== undefined).join(', ')
        drop(headers, name)
      }
    }
  return { headers, unknown, first }
}

/** The host that header changes set, if any. */
export function changedHost(changes: HeaderChanges | undefined): string | undefined {
  for (const headers of [changes?.set, changes?.add])
    for (const [name, value] of Object.entries(headers ?? {})) if (isHost(name)) return value
  return undefined
}

const isInternal = (name: string): boolean => isHost(name) || name.startsWith(':')
const isHost = (name: string): boolean => /^(host|:authority)$/i.test(name)
