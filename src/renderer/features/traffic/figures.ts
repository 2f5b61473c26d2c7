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

/** Above 1 % of errors and denied requests a warning, above 5 % bad. */
export function healthOf({ rate, errorShare, deniedShare }: RequestFigures): Health {
  if (rate === 0) return 'unknown'
  const share = errorShare + deniedShare
  return share > 0.05 ? 'bad' : share > 0.01 ? 'warning' : 'good'
}

const worse = (one: Health, other: Health): Health =>
  HEALTHS.indexOf(one) > HEALTHS.indexOf(other) ? one : other
const HEALTHS: readonly Health[] = ['unknown', 'good', 'warning', 'bad']

/**
 * An edge that is cut off has no requests any more, which is worse than errors. Connections that fail count as requests
 * that do; of those that do not, it is not known whether what they carried was an error.
 */
export function edgeHealth({ isCutOff, requests, connections }: ShownEdge): Health {
  if (isCutOff === true) return 'bad'
  const failed = connections?.failedShare ?? 0
  return worse(healthOf(requests), failed > 0.05 ? 'bad' : failed > 0.01 ? 'warning' : 'unknown')
}

/** An edge of the report, or one that had requests a moment ago and that a policy has cut off since. */
export interface ShownEdge extends TrafficEdge {
  readonly isCutOff?: boolean
}

const BYTES = ['B', 'kB', 'MB', 'GB'] as const
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < BYTES.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(unit === 0 || value >= 10 ? 0 : 1)} ${BYTES[unit] ?? 'B'}/s`
}

/** `1 % errors · 100 % denied`; empty where neither is worth a word. */
export const troubleOf = ({ errorShare, deniedShare }: RequestFigures): string =>
  [
    ...(errorShare > 0.01 ? [`${formatPercent(errorShare)} errors`] : []),
    ...(deniedShare > 0.01 ? [`${formatPercent(deniedShare)} denied`] : []),
  ].join(' · ')

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
export function edgeLabel(edge: ShownEdge, layer: Layer): string {
  const { requests, connections } = edge
  if (edge.isCutOff === true) return 'cut off'
  if (requests.rate === 0 && connections !== undefined && layer !== 'mutual-tls')
    return `TCP ${formatBytes(connections.bytesSent + connections.bytesReceived)}${connections.failedShare > 0.01 ? ` · ${formatPercent(connections.failedShare)} failed` : ''}`
  switch (layer) {
    case 'rate': {
      const split = edge.versions.length > 1 ? ` · ${splitOf(edge.versions.map(({ share }) => share))}` : ''
      const trouble = troubleOf(requests)
      const errors = trouble === '' ? '' : ` · ${trouble}`
      return `${formatRate(requests.rate)} req/s${split}${errors}`
    }
    case 'errors':
      return requests.deniedShare > 0.01
        ? troubleOf(requests)
        : `${formatPercent(requests.errorShare)} errors`
    case 'latency':
      return `p95 ${formatMilliseconds(requests.p95)}`
    case 'mutual-tls':
      return MUTUAL_TLS_WORDS[edge.mutualTls]
  }
}
