import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { HttpMatch, HttpRedirect, HttpRewrite, HttpRule } from '../istio/virtual-service.ts'
import type { ConvertedRoute } from './convert-backends.ts'
import { convertBackend } from './convert-backends.ts'
import { convertHeaderChanges } from './convert-header-changes.ts'
import type { Made, RouteProblem } from './route-problem.ts'

/** What the filters of a rule add to it. */
export type Filtered = Pick<
  HttpRule,
  'requestHeaders' | 'responseHeaders' | 'redirect' | 'rewrite' | 'cors' | 'mirrors'
>

const HTTP_ONLY: ReadonlySet<string> = new Set(['RequestRedirect', 'URLRewrite', 'CORS'])

/** The filters of an HTTPRoute's or GRPCRoute's rule. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter */
export function convertFilters(
  context: ConvertedRoute,
  filters: readonly Fields[],
  match: HttpMatch | undefined,
): Made<Filtered> {
  const isHttp = context.route.kind === 'HTTPRoute'
  let problem: RouteProblem | undefined
  let value: Filtered = { mirrors: [] }
  for (const filter of filters) {
    const type = textOf(filter['type']) ?? ''
    if (!isHttp && HTTP_ONLY.has(type)) return unsupported(type)
    switch (type) {
      case 'RequestHeaderModifier': {
        const changes = convertHeaderChanges(filter['requestHeaderModifier'])
        if (changes.problem !== undefined) return { problem: changes.problem }
        if (changes.value !== undefined) value = { ...value, requestHeaders: changes.value }
        break
      }
      case 'ResponseHeaderModifier': {
        const changes = convertHeaderChanges(filter['responseHeaderModifier'])
        if (changes.problem !== undefined) return { problem: changes.problem }
        if (changes.value !== undefined) value = { ...value, responseHeaders: changes.value }
        break
      }
      case 'RequestMirror': {
        const mirror = convertMirror(context, fieldsOf(filter['requestMirror']))
        if (mirror.problem === undefined && mirror.value !== undefined)
          value = { ...value, mirrors: [...value.mirrors, ...mirror.value] }
        // A mirror that cannot be done leaves an HTTPRoute's rule without it, but a GRPCRoute without rules.
        else if (!isHttp) return mirror.problem === undefined ? {} : { problem: mirror.problem }
        else problem = mirror.problem
        break
      }
      case 'RequestRedirect':
        value = compact({ ...value, redirect: convertRedirect(optionalFields(filter['requestRedirect'])) })
        break
      case 'URLRewrite':
        value = compact({ ...value, rewrite: convertRewrite(fieldsOf(filter['urlRewrite']), match) })
        break
      case 'CORS':
        // Istio answers every preflight itself; whose calls are allowed the answer says to the browser.
        value = { ...value, cors: { origins: [], isUnmatchedIgnored: true } }
        break
      default:
        return unsupported(type)
    }
  }
  return compact({ value, problem })
}

const unsupported = (type: string): Made<Filtered> => ({
  problem: { reason: 'InvalidFilter', message: `unsupported filter type "${type}"` },
})

function convertMirror(context: ConvertedRoute, mirror: Fields): Made<HttpRule['mirrors']> {
  const made = convertBackend(context, fieldsOf(mirror['backendRef']))
  if (made.problem !== undefined || made.value === undefined) return compact({ problem: made.problem })
  const fraction = optionalFields(mirror['fraction'])
  const percentage =
    fraction === undefined
      ? (numberOf(mirror['percent']) ?? 100)
      : (100 * (numberOf(fraction['numerator']) ?? 0)) / (numberOf(fraction['denominator']) ?? 100)
  return { value: percentage > 0 ? [{ ...made.value, percentage }] : [] }
}

/** The port of a redirect is that of its scheme, else that of the request. */
function convertRedirect(redirect: Fields | undefined): HttpRedirect | undefined {
  if (redirect === undefined) return undefined
  const path = fieldsOf(redirect['path'])
  const port = numberOf(redirect['port'])
  const scheme = textOf(redirect['scheme'])
  return compact({
    status: numberOf(redirect['statusCode']) ?? 302,
    authority: textOf(redirect['hostname']),
    scheme,
    port,
    derivePort:
      port !== undefined ? undefined : scheme === undefined ? 'FROM_REQUEST_PORT' : 'FROM_PROTOCOL_DEFAULT',
    uri: path['type'] === 'ReplaceFullPath' ? textOf(path['replaceFullPath']) : undefined,
    prefix: path['type'] === 'ReplacePrefixMatch' ? textOf(path['replacePrefixMatch']) : undefined,
  })
}

/** Follows `createRewriteFilter`, and `applyHTTPRouteDestination` in route/route.go, where a prefix is taken away. */
function convertRewrite(rewrite: Fields, match: HttpMatch | undefined): HttpRewrite | undefined {
  const path = fieldsOf(rewrite['path'])
  const authority = textOf(rewrite['hostname'])
  const full = textOf(path['replaceFullPath'])
  if (path['type'] === 'ReplaceFullPath')
    return compact({ authority, regex: { match: '/.*', rewrite: full ?? '' } })
  if (path['type'] !== 'ReplacePrefixMatch') return authority === undefined ? undefined : { authority }
  const uri = (textOf(path['replacePrefixMatch']) ?? '').replace(/\/$/, '')
  if (uri !== '') return compact({ authority, uri })
  const prefix = match?.uri?.kind === 'prefix' && match.uri.value !== '/' ? match.uri.value : ''
  return compact({ authority, regex: { match: `^${quote(prefix)}(/?)(.*)`, rewrite: '/\\2' } })
}

const quote = (text: string): string => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')

/** The filters of a rule, as they are written. */
export const filtersOf = (rule: Fields): readonly Fields[] => listOf(rule['filters']).map(fieldsOf)
