import { fieldsOf, listOf, optionalFields, textsOf } from './read-fields.ts'
import { readTextMatch } from './read-text-match.ts'
import type { TextMatch } from '../virtual-service.ts'

/** What of a CorsPolicy decides where a request goes: a preflight may be answered by the proxy itself. */
export interface CorsPolicy {
  readonly origins: readonly TextMatch[]
  /** Whether preflights of other origins are answered too, without leave, and not sent on. */
  readonly isUnmatchedIgnored: boolean
}

/** Reads `corsPolicy`. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#CorsPolicy */
export function readCors(value: unknown): CorsPolicy | undefined {
  const cors = optionalFields(value)
  if (cors === undefined) return undefined
  const matches = listOf(cors['allowOrigins']).flatMap(item => readTextMatch(fieldsOf(item)) ?? [])
  const older = textsOf(cors['allowOrigin']).map((text): TextMatch => ({ kind: 'exact', value: text }))
  return {
    // "*" allows every origin. Source: Envoy's CORS filter.
    origins: [...matches, ...older].map(match =>
      match.kind === 'exact' && match.value === '*' ? { kind: 'present' } : match,
    ),
    isUnmatchedIgnored: cors['unmatchedPreflights'] === 'IGNORE',
  }
}
