import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/** The Envoy cluster that a proxy sent a span's request to; empty where it sent it nowhere. */
export function clusterOfSpan(span: Span): string {
  const cluster = tagOf(span, 'upstream_cluster.name') ?? tagOf(span, 'upstream_cluster') ?? ''
  return cluster === '-' ? '' : cluster
}
