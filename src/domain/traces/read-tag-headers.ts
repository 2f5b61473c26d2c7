import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/** The headers of these names that a span has as tags, as the mesh's `customTags` record them. */
export function readTagHeaders(span: Span, names: Iterable<string>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of names) {
    const value = tagOf(span, name)
    if (value !== undefined) headers[name] = value
  }
  return headers
}
