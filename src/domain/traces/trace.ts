/** One span. Times are microseconds: `start` since 1970, `duration` of the span. */
export interface Span {
  readonly id: string
  /** Absent for a root. */
  readonly parentId?: string
  readonly service: string
  readonly operation: string
  readonly start: number
  readonly duration: number
  readonly tags: readonly SpanTag[]
  /** Tags of the process that made the span. */
  readonly processTags: readonly SpanTag[]
  /** What was odd about the span as it came: a duration below zero. */
  readonly warnings?: readonly string[]
  readonly logs: readonly { readonly at: number; readonly fields: readonly SpanTag[] }[]
}

export interface SpanTag {
  readonly key: string
  /** Always text: it comes from outside and is shown as text. */
  readonly value: string
}

/** Spans of one trace, sorted by start; a span whose parent is missing counts as a root. */
export interface Trace {
  readonly id: string
  readonly spans: readonly Span[]
}
