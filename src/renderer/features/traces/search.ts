import type { Place } from '../../state/navigation.ts'

/** What is searched; lives in the address. */
export interface TraceSearch {
  readonly service: string
  readonly operation: string
  /** As typed: `key=value key2=value2`. */
  readonly tags: string
  /** Milliseconds as typed; empty for none. */
  readonly min: string
  readonly max: string
  /** Milliseconds before now. */
  readonly lookback: string
  readonly limit: string
}

export const LOOKBACKS = [
  { value: '300000', label: 'Last 5 minutes' },
  { value: '900000', label: 'Last 15 minutes' },
  { value: '3600000', label: 'Last hour' },
  { value: '21600000', label: 'Last 6 hours' },
  { value: '172800000', label: 'Last 2 days' },
]

export const LIMITS = ['20', '50', '100', '500', '1500'].map(value => ({ value, label: `${value} traces` }))

export function readSearch({ query }: Pick<Place, 'query'>): TraceSearch {
  return {
    service: query['service'] ?? '',
    operation: query['operation'] ?? '',
    tags: query['tags'] ?? '',
    min: query['min'] ?? '',
    max: query['max'] ?? '',
    lookback: query['lookback'] ?? '900000',
    limit: query['limit'] ?? '50',
  }
}

/** Tags as typed, in logfmt: `http.status_code=503 error=true note="two words"`; undefined where they cannot be read. */
export function parseTags(text: string): Readonly<Record<string, string>> | undefined {
  const tags: Record<string, string> = {}
  const rest = text.replace(
    /([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g,
    (_, key: string, quoted?: string, plain?: string) => {
      tags[key] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? ''
      return ''
    },
  )
  return rest.trim() === '' ? tags : undefined
}

/** Milliseconds as typed (`20`, `20ms`, `1.5s`); undefined for nothing, NaN for what is not a duration. */
export function parseMilliseconds(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const [, figure, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s)?$/.exec(trimmed) ?? []
  return figure === undefined ? NaN : Number(figure) * (unit === 's' ? 1000 : 1)
}
