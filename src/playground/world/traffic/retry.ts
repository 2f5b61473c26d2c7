import type { Answer } from './request.ts'

/**
 * Whether an answer is one that the conditions of a retry policy name.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on
 */
export function isRetriable(retryOn: string, { status, flags }: Answer): boolean {
  // Envoy answers an overflow itself and never tries again for it.
  if (flags.includes('UO') || flags.includes('NC') || flags.includes('UH')) return false
  const isReset = flags.includes('UC') || flags.includes('UF') || flags.includes('UT')
  return retryOn.split(',').some(text => {
    const condition = text.trim()
    switch (condition) {
      case '5xx':
        return status >= 500
      case 'gateway-error':
        return status >= 502 && status <= 504
      case 'reset':
      case 'reset-before-request':
        return isReset
      case 'connect-failure':
        return flags.includes('UF')
      case 'retriable-4xx':
        return status === 409
      default:
        return /^\d{3}$/.test(condition) && Number(condition) === status
    }
  })
}
