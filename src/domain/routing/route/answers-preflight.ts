import type { CorsPolicy } from '../../istio/fields/read-cors.ts'
import { compileTest } from './match.ts'
import type { RequestView } from './request-view.ts'

/**
 * Whether the proxy itself answers a request as the preflight that browsers send before a call to another origin.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#CorsPolicy (unmatchedPreflights),
 * `CorsFilter::decodeHeaders` in Envoy's cors_filter.cc.
 */
export function answersPreflight(
  { origins, isUnmatchedIgnored }: CorsPolicy,
  { request }: RequestView,
): boolean {
  const { origin = '', 'access-control-request-method': method = '' } = request.headers
  if (request.method !== 'OPTIONS' || origin === '' || method === '') return false
  return isUnmatchedIgnored || origins.some(match => compileTest(match)(origin))
}
