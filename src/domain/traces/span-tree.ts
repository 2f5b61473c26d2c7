import type { Span, Trace } from './trace.ts'

/** A span in the order of the waterfall: parents before children, siblings by start. */
export interface SpanRow {
  readonly span: Span
  readonly depth: number
  readonly childCount: number
}

/** The rows of a trace's waterfall. A span whose parent is missing, or that is its own ancestor, stands at the root. */
export function spanRows({ spans }: Trace): SpanRow[] {
  const ids = new Set(spans.map(({ id }) => id))
  const children = new Map<string | undefined, Span[]>()
  for (const span of spans) {
    const parent = span.parentId !== undefined && ids.has(span.parentId) ? span.parentId : undefined
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [span])
    else siblings.push(span)
  }
  const rows: SpanRow[] = []
  const seen = new Set<Span>()
  const visit = (roots: readonly Span[]): void => {
    // An own stack: a chain of 50,000 spans would overflow the call stack.
    const stack = roots.map(span => ({ span, depth: 0 })).reverse()
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { span, depth } = next
      if (seen.has(span)) continue
      seen.add(span)
      const own = children.get(span.id) ?? []
      rows.push({ span, depth, childCount: own.length })
      for (const child of own.toReversed()) stack.push({ span: child, depth: depth + 1 })
    }
  }
  visit(children.get(undefined) ?? [])
  visit(spans.filter(span => !seen.has(span)))
  return rows
}
