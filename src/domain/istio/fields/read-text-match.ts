import { optionalFields, textOf } from './read-fields.ts'
import type { TextMatch } from '../virtual-service.ts'

/** A StringMatch; undefined where there is none. */
export function readTextMatch(value: unknown): TextMatch | undefined {
  const match = optionalFields(value)
  if (match === undefined) return undefined
  const exact = match['exact']
  if (typeof exact === 'string') return { kind: 'exact', value: exact }
  const prefix = match['prefix']
  if (typeof prefix === 'string') return { kind: 'prefix', value: prefix }
  const regex = textOf(match['regex'])
  // Istio takes the lone `*`, which is no regular expression, for "any value".
  return regex === undefined || regex === '*' ? { kind: 'present' } : { kind: 'regex', value: regex }
}
