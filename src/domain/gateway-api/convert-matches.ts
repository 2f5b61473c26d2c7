import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { HttpMatch, TextMatch } from '../istio/virtual-service.ts'

const anything = {
  headers: {},
  withoutHeaders: {},
  queryParams: {},
  sourceLabels: {},
  gateways: [],
  ignoreUriCase: false,
} as const

/** Matches all requests of a port. */
export const matchPort = (port: number): HttpMatch => ({ ...anything, port })

/** One match of an HTTPRoute. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch */
export function convertHttpMatch(match: Fields): HttpMatch {
  const method = textOf(match['method'])
  return compact({
    ...anything,
    uri: convertPath(fieldsOf(match['path'])),
    method: method === undefined ? undefined : exact(method),
    headers: convertPairs(match['headers'], name => name.toLowerCase()),
    queryParams: convertPairs(match['queryParams'], name => name),
  })
}

/** One match of a GRPCRoute: a call is a POST to `/service/method`. */
export function convertGrpcMatch(match: Fields): HttpMatch {
  const method = optionalFields(match['method'])
  return compact({
    ...anything,
    uri: method && convertCall(method),
    headers: convertPairs(match['headers'], name => name.toLowerCase()),
  })
}

const exact = (value: string): TextMatch => ({ kind: 'exact', value })
const regex = (value: string): TextMatch => ({ kind: 'regex', value })

function convertPath(path: Fields): TextMatch {
  const value = textOf(path['value']) ?? '/'
  switch (path['type']) {
    case 'Exact':
      return exact(value)
    case 'RegularExpression':
      return regex(value)
    default:
      // "When specified, a trailing `/` is ignored."
      return { kind: 'prefix', value: value === '/' ? value : value.replace(/\/$/, '') }
  }
}

function convertCall(call: Fields): TextMatch | undefined {
  const service = textOf(call['service'])
  const method = textOf(call['method'])
  if (service === undefined && method === undefined) return undefined
  const isRegex = call['type'] === 'RegularExpression'
  if (service === undefined) return regex(`/[^/]+/${method ?? ''}`)
  if (method === undefined)
    return isRegex ? regex(`/${service}/.+`) : { kind: 'prefix', value: `/${service}/` }
  return isRegex ? regex(`/${service}/${method}`) : exact(`/${service}/${method}`)
}

function convertPairs(list: unknown, nameOf: (name: string) => string): Readonly<Record<string, TextMatch>> {
  const result: Record<string, TextMatch> = {}
  for (const item of listOf(list).map(fieldsOf)) {
    const value = textOf(item['value']) ?? ''
    const isRegex = item['type'] === 'RegularExpression'
    result[nameOf(textOf(item['name']) ?? '')] = !isRegex
      ? exact(value)
      : value === '*'
        ? { kind: 'present' }
        : regex(value)
  }
  return result
}
