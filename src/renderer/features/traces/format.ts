import { tagOf } from '../../../domain/traces/trace-figures.ts'
import type { Span } from '../../../domain/traces/trace.ts'

/** Microseconds in words: `1.92 s`, `118 ms`, `5.2 ms`, `40 µs`. */
export function formatDuration(microseconds: number): string {
  if (microseconds >= 1_000_000) return `${(microseconds / 1_000_000).toFixed(2)} s`
  if (microseconds >= 10_000) return `${(microseconds / 1000).toFixed(0)} ms`
  if (microseconds >= 1000) return `${(microseconds / 1000).toFixed(1)} ms`
  return `${microseconds.toFixed(0)} µs`
}

/** `api.default` as `api`: the namespace is in the details. */
export const shortService = (service: string): string => {
  const dot = service.indexOf('.')
  return dot === -1 ? service : service.slice(0, dot)
}

/** `GET /orders` where the span tells it; else the operation's own name, which for a proxy is the virtual host's. */
export function titleOf(span: Span | undefined): string {
  if (!span) return 'no spans'
  const method = tagOf(span, 'http.method')
  const path = /^https?:\/\/[^/]+([^?]*)/.exec(tagOf(span, 'http.url') ?? '')?.[1]
  return method && path !== undefined ? `${method} ${path === '' ? '/' : path}` : span.operation
}
