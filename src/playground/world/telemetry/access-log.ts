import type { ProxyRecord } from './proxy-record.ts'

/**
 * A line of Istio's default text format.
 * Source: https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format
 */
export function formatAccessLog(record: ProxyRecord): string {
  const quoted = (text: string | undefined): string => `"${text ?? '-'}"`
  const isAnswered = record.upstreamDuration !== undefined
  return [
    `[${new Date(record.start).toISOString()}]`,
    `"${record.method} ${record.path} HTTP/1.1"`,
    String(record.code),
    record.flags,
    record.details,
    '-',
    quoted(record.failure),
    String(record.requestBytes),
    String(record.responseBytes),
    String(Math.round(record.duration)),
    isAnswered ? String(Math.round(record.upstreamDuration)) : '-',
    quoted(record.forwardedFor),
    quoted(record.userAgent),
    quoted(record.requestId),
    quoted(record.authority),
    quoted(record.upstreamHost),
    record.upstreamCluster ?? '-',
    record.upstreamLocal ?? '-',
    record.downstreamLocal,
    record.downstreamRemote,
    record.serverName ?? '-',
    record.routeName ?? '-',
  ].join(' ')
}
