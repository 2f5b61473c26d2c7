import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { DestinationOutcome } from '../../../domain/routing/endpoint/evaluate-destination.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import type { ProxyRecord } from '../telemetry/proxy-record.ts'
import type { Answer, TravellingRequest } from './request.ts'
import { proxyAnswer, writeFlags } from './request.ts'

/** The address of the visitor, where the gateway was told; else that of the node. */
export const outsider = ({ headers }: TravellingRequest): string => headers['x-forwarded-for'] ?? '172.18.0.1'

/** What a record says of the request and of its answer. */
export function describeExchange(
  request: TravellingRequest,
  start: number,
  duration: number,
  answer: Answer,
  flags: readonly string[],
): Pick<
  ProxyRecord,
  | 'start'
  | 'duration'
  | 'method'
  | 'path'
  | 'authority'
  | 'requestId'
  | 'userAgent'
  | 'headers'
  | 'code'
  | 'flags'
  | 'details'
  | 'requestBytes'
  | 'responseBytes'
  | 'traceId'
> {
  const forwardedFor = request.headers['x-forwarded-for']
  return {
    start,
    duration,
    method: request.method,
    path: request.path,
    authority: request.host,
    requestId: request.requestId,
    userAgent: request.headers['user-agent'] ?? '-',
    code: answer.status,
    flags: writeFlags(flags),
    details: answer.details,
    requestBytes: request.requestBytes,
    responseBytes: answer.responseBytes,
    traceId: request.traceId,
    ...(answer.details === 'via_upstream' ? { upstreamDuration: duration } : {}),
    ...(answer.failure === undefined ? {} : { failure: answer.failure }),
    headers: request.headers,
    ...(forwardedFor === undefined ? {} : { forwardedFor }),
    ...(request.parentSpan === undefined ? {} : { parentId: request.parentSpan }),
  }
}

/** The host that a request was for: its destination's, or where a fault aborts it the one that the rule names first. */
export function askedHost(mesh: Mesh, { destinations, route, outcome }: Decision): string | undefined {
  if (destinations[0] !== undefined || outcome !== 'aborted') return destinations[0]?.host
  const rule = mesh.virtualServices.find(
    item => item.namespace === route?.namespace && item.name === route.name,
  )?.http[route?.rule ?? -1]
  return rule?.targets[0]?.host
}

/** The service that a request was for, as Istio names it. */
export function serviceOf(mesh: Mesh, host: string | undefined, authority: string): ProxyRecord['service'] {
  const service = host === undefined ? undefined : mesh.registry.get(host)
  if (service)
    return {
      host: service.host,
      name: service.isExternal ? service.host : service.name,
      namespace: service.namespace,
    }
  return {
    host: host ?? authority,
    name: host === authority ? 'PassthroughCluster' : 'unknown',
    namespace: 'unknown',
  }
}

/**
 * What a proxy answers where a policy denies: 401 for a token that is not accepted, else 403.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/response_code_details
 */
export function denied({ status, deniedBy }: Pick<DestinationOutcome, 'status' | 'deniedBy'>): Answer {
  if (status === 401)
    return proxyAnswer(401, undefined, 'jwt_authn_access_denied{Jwt_verification_fails}', {
      responseBytes: 27,
    })
  const rule =
    deniedBy?.rule === undefined
      ? 'none'
      : `ns[${deniedBy.namespace}]-policy[${deniedBy.name}]-rule[${deniedBy.rule}]`
  return proxyAnswer(403, undefined, `rbac_access_denied_matched_policy[${rule}]`, { responseBytes: 19 })
}

/** What a proxy answers by itself where nothing is forwarded. */
export function answerWithout({ outcome, status, reason }: Decision): Answer {
  if (outcome === 'redirected') return proxyAnswer(status ?? 301, undefined, 'direct_response')
  if (outcome === 'direct-response') return proxyAnswer(status ?? 200, undefined, 'direct_response')
  if (outcome === 'aborted')
    return proxyAnswer(status ?? 503, 'FI', 'fault_filter_abort', { responseBytes: 18 })
  if (reason === 'no-destination') return proxyAnswer(status ?? 503, 'NC', 'cluster_not_found')
  if (reason === 'no-listener')
    return proxyAnswer(503, 'UF', 'upstream_reset_before_response_started{remote_connection_failure}')
  return proxyAnswer(status ?? 404, 'NR', 'route_not_found')
}
