import type { HeaderChanges, HttpMatch, HttpRedirect, HttpRewrite } from '../mesh/virtual-service.ts'
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
  if (rewrite.uri === undefined) return view.path + view.query
  const uri = matches.findLast(match => match.uri !== undefined)?.uri
  const matched =
    uri?.kind === 'prefix' ? uri.value : uri?.kind === 'exact' || uri?.kind === 'regex' ? view.path : '/'
  return rewrite.uri + view.path.slice(matched.length) + view.query
}

/** RE2 writes groups as `\1` and means nothing by `$`, unlike re2js's own replacement texts. */
const substitute =
  (text: string) =>
  (...found: (string | undefined)[]): string =>
    text.replaceAll(/\\([\d\\])/g, (_all, sign: string) =>
      sign === '\\' ? sign : (found[Number(sign)] ?? ''),
    )

/** Where a redirect sends the caller. The query goes along unless the redirect brings its own. */
export function redirectLocation(view: RequestView, redirect: HttpRedirect): string {
  const scheme = redirect.scheme ?? view.request.scheme
  const port = redirect.port ?? (redirect.derivePort === 'FROM_REQUEST_PORT' ? view.port : undefined)
  const isDefaultPort = port === undefined || (scheme === 'https' ? port === 443 : port === 80)
  const path = redirect.uri ?? view.path
  const query = path.includes('?') ? '' : view.query
  const own = redirect.authority ?? view.request.host
  const host = isDefaultPort ? own : own.replace(/:\d+$/, '')
  return `${scheme}://${host}${isDefaultPort ? '' : `:${String(port)}`}${path}${query}`
}

/** Headers after the changes in order. Envoy removes first, then sets and adds; `host` changes the host instead. */
export function changeHeaders(
  headers: Readonly<Record<string, string>>,
  changes: readonly (HeaderChanges | undefined)[],
): { readonly headers: Readonly<Record<string, string>>; readonly host?: string } {
  const given = changes.filter(change => change !== undefined)
  if (given.length === 0) return { headers }
  const result: Record<string, string> = { ...headers }
  let host: string | undefined
  for (const change of given)
    for (const name of change.remove) Reflect.deleteProperty(result, name.toLowerCase())
  for (const change of given) {
    for (const [name, value] of Object.entries(change.set))
      if (isHost(name)) host = value
      else result[name.toLowerCase()] = value
    for (const [written, value] of Object.entries(change.add)) {
      const name = written.toLowerCase()
      if (isHost(name)) host = value
      else result[name] = result[name] === undefined ? value : `${result[name]}, ${value}`
    }
  }
  return { headers: result, ...(host === undefined ? {} : { host }) }
}

const isHost = (name: string): boolean => /^(host|:authority)$/i.test(name)
