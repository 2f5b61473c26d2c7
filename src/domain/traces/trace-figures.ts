import type { Span, Trace } from './trace.ts'

/** The value of a tag, or undefined. */
export const tagOf = (span: Span, key: string): string | undefined =>
  span.tags.find(tag => tag.key === key)?.value

/** Whether a span failed: `error=true`, or an HTTP status of 5xx. Source: OpenTracing semantic conventions, `error`. */
export const hasError = (span: Span): boolean =>
  tagOf(span, 'error') === 'true' || /^5\d\d$/.test(tagOf(span, 'http.status_code') ?? '')

export interface TraceFigures {
  /** Microseconds since 1970 and microseconds. */
  readonly start: number
  readonly duration: number
  readonly services: readonly string[]
  readonly root: Span | undefined
  readonly errorCount: number
}

/** What a list of traces shows of one. */
export function traceFigures({ spans }: Trace): TraceFigures {
  const start = spans.reduce((least, span) => Math.min(least, span.start), Infinity)
  const end = spans.reduce((most, span) => Math.max(most, span.start + span.duration), 0)
  const ids = new Set(spans.map(({ id }) => id))
  return {
    start: spans.length === 0 ? 0 : start,
    duration: spans.length === 0 ? 0 : end - start,
    services: [...new Set(spans.map(({ service }) => service))],
    root: spans.find(({ parentId }) => parentId === undefined || !ids.has(parentId)) ?? spans[0],
    errorCount: spans.filter(hasError).length,
  }
}
