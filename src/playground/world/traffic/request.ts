import type { HeaderChanges } from '../../../domain/istio/virtual-service.ts'
import type { Caller, RoutingRequest } from '../../../domain/routing/request.ts'
import type { Instance } from './instance.ts'

/** A request on its way. */
export interface TravellingRequest {
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly requestBytes: number
  readonly requestId: string
  readonly traceId: string
  /** The span that sent it. */
  readonly parentSpan?: string
  /** Whether its trace is kept, as the first proxy chose and headers say from then on. */
  readonly isSampled?: boolean
  /** How it comes to a gateway's listener; absent for plain HTTP. */
  readonly tls?: RoutingRequest['tls']
  /** How many applications and gateways have sent it on: a circle of calls ends. */
  readonly hops?: number
  /** When the proxy that sent it stops waiting. */
  readonly deadline?: number
}

/** What came back, and what the proxy that waited for it says about it. */
export interface Answer {
  readonly status: number
  readonly flags: readonly string[]
  readonly details: string
  /** Milliseconds. */
  readonly duration: number
  readonly responseBytes: number
  readonly failure?: string
  /** Who answered at last. */
  readonly by?: Instance
  readonly location?: string
  /** What rules change in the headers of the answer. */
  readonly responseHeaders?: HeaderChanges
}

/** Milliseconds that a proxy and the network take. */
export const proxyTime = 0.4

/** Envoy's order of response flags. */
const flagOrder = ['UH', 'UT', 'UC', 'UF', 'UO', 'NR', 'DI', 'FI', 'DC', 'URX', 'NC']

export function writeFlags(flags: readonly string[]): string {
  const text = flagOrder.filter(flag => flags.includes(flag)).join(',')
  return text === '' ? '-' : text
}

/** An answer of a proxy that no application stands behind. */
export const proxyAnswer = (
  status: number,
  flag: string | undefined,
  details: string,
  more: Partial<Answer> = {},
): Answer => ({
  status,
  flags: flag === undefined ? [] : [flag],
  details,
  duration: proxyTime,
  responseBytes: 0,
  ...more,
})

/** What a caller's proxy is asked to route. */
export const routingRequest = (
  from: Caller,
  { method, host, port, path, headers, tls = 'none' }: TravellingRequest,
): RoutingRequest => ({
  from,
  scheme: tls === 'none' ? 'http' : 'https',
  method,
  host,
  port,
  path,
  headers,
  tls,
  ...(tls === 'none' ? {} : { sni: host }),
})
