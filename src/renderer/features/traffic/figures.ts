import type { RequestFigures, TrafficEdge } from '../../../domain/traffic/traffic-snapshot.ts'

export type Layer = 'rate' | 'errors' | 'latency' | 'mutual-tls'

export const LAYERS: readonly { readonly value: Layer; readonly label: string }[] = [
  { value: 'rate', label: 'Rate' },
  { value: 'errors', label: 'Errors' },
  { value: 'latency', label: 'Latency' },
  { value: 'mutual-tls', label: 'mTLS' },
]

export const formatRate = (rate: number): string => (rate >= 10 ? rate.toFixed(0) : rate.toFixed(1))
export const formatPercent = (share: number): string =>
  `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
export const formatMilliseconds = (value: number | null): string => {
  if (value === null) return '–'
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

export type Health = 'good' | 'warning' | 'bad' | 'unknown'

/** Above 1 % of errors a warning, above 5 % bad. */
export const healthOf = ({ rate, errorShare }: RequestFigures): Health =>
  rate === 0 ? 'unknown' : errorShare > 0.05 ? 'bad' : errorShare > 0.01 ? 'warning' : 'good'

export const MUTUAL_TLS_WORDS: Readonly<Record<TrafficEdge['mutualTls'], string>> = {
  all: 'mutual TLS',
  some: 'partly mutual TLS',
  none: 'plain text',
  unknown: 'not known',
}

/** The split among versions as people write it: `90/10`. */
export const splitOf = (shares: readonly number[]): string =>
  shares.map(share => Math.round(share * 100).toFixed(0)).join('/')

/** How wide an edge's label is drawn; the lock needs room of its own. */
export const labelWidth = (edge: TrafficEdge, layer: Layer): number =>
  edgeLabel(edge, layer).length * 6.2 + (edge.mutualTls === 'all' ? 30 : 16)

/** What an edge's label says for a layer. */
export function edgeLabel(edge: TrafficEdge, layer: Layer): string {
  const { requests } = edge
  switch (layer) {
    case 'rate': {
      const split = edge.versions.length > 1 ? ` · ${splitOf(edge.versions.map(({ share }) => share))}` : ''
      const errors = requests.errorShare > 0.01 ? ` · ${formatPercent(requests.errorShare)}` : ''
      return `${formatRate(requests.rate)} req/s${split}${errors}`
    }
    case 'errors':
      return `${formatPercent(requests.errorShare)} errors`
    case 'latency':
      return `p95 ${formatMilliseconds(requests.p95)}`
    case 'mutual-tls':
      return MUTUAL_TLS_WORDS[edge.mutualTls]
  }
}
