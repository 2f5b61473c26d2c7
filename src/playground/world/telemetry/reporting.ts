import { evaluateLogFilter } from '../../../domain/istio/telemetry/log-filter.ts'
import type { Attributes } from '../../../domain/istio/telemetry/metric-tags.ts'
import type { CustomTag } from '../../../domain/istio/telemetry/telemetry.ts'
import type { FollowedMesh } from '../follow-mesh.ts'
import { formatAccessLog, formatConnectionLog } from './access-log.ts'
import type { ConnectionRecord } from './connection-record.ts'
import { attributesOf, reporterMode } from './proxy-metrics.ts'
import type { ProxyRecord } from './proxy-record.ts'
import type { TraceStore } from './trace-store.ts'

/** What a proxy writes of a request: its counters, its log and its spans, as far as the mesh lets it. */
export function reportRequest(mesh: FollowedMesh, traces: TraceStore, record: ProxyRecord): void {
  const { proxy } = record
  const end = record.start + record.duration
  proxy.metrics.add(record, mesh.overridesOf(proxy))
  const { accessLog, tracing } = mesh.telemetryOf(proxy, reporterMode(record))
  if (accessLog.isWritten && keeps(accessLog.filters, () => attributesOf(record)))
    proxy.logs.get('istio-proxy')?.add(end, formatAccessLog(record))
  if (record.isSampled && tracing.isReported)
    traces.add({ ...record, customTags: writeTags(tracing.customTags, record.headers) })
}

/** As `reportRequest`, for connections; ztunnel has counters and a log of its own, which no object changes. */
export function reportConnection(mesh: FollowedMesh, record: ConnectionRecord): void {
  const { proxy, reporter } = record
  const end = record.start + record.duration
  const isZtunnel = proxy.proxyMode === 'ztunnel'
  proxy.metrics.addConnection(record, isZtunnel ? [] : mesh.overridesOf(proxy))
  const { accessLog } = mesh.telemetryOf(proxy, reporter === 'source' ? 'CLIENT' : 'SERVER')
  const isWritten =
    isZtunnel || (accessLog.isWritten && keeps(accessLog.filters, () => ({ 'response.flags': record.flags })))
  if (isWritten) proxy.logs.get('istio-proxy')?.add(end, formatConnectionLog(record))
}

/** A filter that is more than is read here keeps the line, so that nothing is missed. */
function keeps(filters: readonly string[], attributes: () => Attributes): boolean {
  return filters.every(filter => evaluateLogFilter(filter, attributes()) !== false)
}

function writeTags(
  tags: Readonly<Record<string, CustomTag>>,
  headers: ProxyRecord['headers'],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, tag]): [string, string][] => {
      const value = 'literal' in tag ? tag.literal : (headers[tag.header] ?? tag.defaultValue)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
