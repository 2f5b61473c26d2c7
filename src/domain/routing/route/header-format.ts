import type { RoutingRequest } from '../request.ts'

/** What the operators of a header's value look at. */
export interface FormatContext {
  readonly request: Pick<RoutingRequest, 'host' | 'method' | 'scheme' | 'sni'>
  /** As Envoy normalized it, before any rewrite; with the query. */
  readonly target: string
  /** The headers as they are when the value is worked out. */
  readonly headers: Readonly<Record<string, string>>
}

const OPERATOR = /%%|%([A-Z_0-9]+)(?:\(([^)]*)\))?(?::(\d+))?%/g

/**
 * A header's value with Envoy's operators worked out, `%%` as one sign; undefined where one asks for what only the proxy
 * knows, such as the caller's address. A header that the request does not have reads as empty.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
export function formatHeaderValue(value: string, context: FormatContext): string | undefined {
  if (!value.includes('%')) return value
  const unknown: string[] = []
  const text = value.replaceAll(
    OPERATOR,
    (sign: string, name: string | undefined, argument: string | undefined, length: string | undefined) => {
      if (name === undefined) return '%'
      const found = evaluate(name, argument ?? '', context)
      if (found === undefined) unknown.push(sign)
      return length === undefined || found === undefined ? (found ?? sign) : found.slice(0, Number(length))
    },
  )
  return unknown.length === 0 ? text : undefined
}

function evaluate(name: string, argument: string, context: FormatContext): string | undefined {
  switch (name) {
    case 'REQ': {
      const [main = '', other] = argument.split('?')
      return readHeader(main, context) ?? (other === undefined ? undefined : readHeader(other, context)) ?? ''
    }
    // Before any rewrite there is no original path beside it.
    case 'PATH':
      if (argument === 'NQ') return context.target.split('?', 1)[0]
      return argument === '' || argument === 'WQ' ? context.target : undefined
    case 'QUERY_PARAM': {
      const query = context.target.split('?')[1] ?? ''
      const own = query.split('&').find(item => item.split('=', 1)[0] === argument)
      return own === undefined ? '' : own.slice(argument.length + 1)
    }
    case 'REQUESTED_SERVER_NAME':
      return context.request.sni
    default:
      return undefined
  }
}

function readHeader(written: string, { headers, request, target }: FormatContext): string | undefined {
  const name = written.toLowerCase()
  switch (name) {
    case ':path':
      return target
    case ':method':
      return request.method
    case ':authority':
    case 'host':
      return request.host
    case ':scheme':
      return request.scheme
    default:
      return headers[name]
  }
}
