import type { TrafficEdge } from './traffic-snapshot.ts'

/** All requests of some edges: each hop of a request counts. */
export interface TrafficTotal {
  readonly rate: number
  readonly errorShare: number
}

export function totalOf(edges: readonly TrafficEdge[]): TrafficTotal {
  const rate = edges.reduce((sum, { requests }) => sum + requests.rate, 0)
  const errors = edges.reduce((sum, { requests }) => sum + requests.rate * requests.errorShare, 0)
  return { rate, errorShare: rate === 0 ? 0 : errors / rate }
}
