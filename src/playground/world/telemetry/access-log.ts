import type { Instance } from '../traffic/instance.ts'
import type { ConnectionRecord } from './connection-record.ts'
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

/** The same format for a connection: what is of HTTP has no value. */
export const formatConnectionLog = (record: ConnectionRecord): string =>
  record.proxy.proxyMode === 'ztunnel' ? formatZtunnelLog(record) : formatTcpLog(record)

function formatTcpLog(record: ConnectionRecord): string {
  const { source, destination, port, flags, failure } = record
  const upstream = destination === undefined ? '-' : `${destination.ip}:${String(port)}`
  return [
    `[${new Date(record.start).toISOString()}]`,
    '"- - -"',
    '0',
    flags,
    failure === undefined ? '-' : 'rbac_access_denied_matched_policy[none]',
    '-',
    '"-"',
    String(record.receivedBytes),
    String(record.sentBytes),
    String(Math.round(record.duration)),
    '-',
    '"-" "-" "-" "-"',
    `"${upstream}"`,
    record.upstreamCluster ?? '-',
    source === undefined ? '-' : `${source.ip}:40000`,
    upstream,
    source === undefined ? '-' : `${source.ip}:40000`,
    '-',
    '-',
  ].join(' ')
}

/** Source: `ConnectionResult` in ztunnel's src/proxy/metrics.rs. */
function formatZtunnelLog(record: ConnectionRecord): string {
  const { source, destination, service, reporter, port, failure } = record
  const end = (name: 'src' | 'dst', instance: Instance | undefined): readonly string[] =>
    instance === undefined
      ? []
      : [
          `${name}.addr=${instance.ip}:${name === 'dst' ? String(port) : '40000'}`,
          `${name}.workload="${instance.name}"`,
          `${name}.namespace="${instance.namespace}"`,
          ...(record.isMutual
            ? [
                `${name}.identity="spiffe://cluster.local/ns/${instance.namespace}/sa/${instance.serviceAccount}"`,
              ]
            : []),
        ]
  return [
    new Date(record.start + record.duration).toISOString().replace('Z', '000Z'),
    failure === undefined ? 'info' : 'error',
    'access',
    'connection complete',
    ...end('src', source),
    ...end('dst', destination),
    `dst.service="${service.host}"`,
    `direction="${reporter === 'source' ? 'outbound' : 'inbound'}"`,
    `bytes_sent=${String(record.receivedBytes)}`,
    `bytes_recv=${String(record.sentBytes)}`,
    `duration="${String(Math.round(record.duration))}ms"`,
    ...(failure === undefined ? [] : [`error=${JSON.stringify(failure)}`]),
  ].join('\t')
}
