import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import { qualifyHost } from '../../istio/host-name.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { Fields } from '../../istio/fields/read-fields.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textOf,
} from '../../istio/fields/read-fields.ts'
import { parseDuration } from '../route/duration.ts'

/** Limits of a caller's proxy towards a destination; absent means Envoy's default, in effect none. */
export interface ConnectionPool {
  readonly maxConnections?: number
  readonly connectTimeoutMs?: number
  readonly http1MaxPendingRequests?: number
  readonly http2MaxRequests?: number
  readonly maxRequestsPerConnection?: number
  readonly maxRetries?: number
  readonly idleTimeoutMs?: number
}

/** When a caller's proxy stops sending to an endpoint; defaults filled in. A threshold of 0 is switched off. */
export interface OutlierDetection {
  readonly consecutive5xxErrors: number
  readonly consecutiveGatewayErrors: number
  readonly consecutiveLocalOriginFailures?: number
  readonly intervalMs: number
  readonly baseEjectionTimeMs: number
  readonly maxEjectionPercent: number
  readonly minHealthPercent: number
}

export type HashKey =
  | { readonly by: 'header' | 'query-parameter'; readonly name: string }
  | { readonly by: 'cookie'; readonly name: string; readonly ttlMs?: number }
  | { readonly by: 'source-ip' }

export interface LoadBalancer {
  readonly algorithm: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM' | 'PASSTHROUGH' | 'CONSISTENT_HASH'
  readonly hash?: HashKey
  readonly warmupMs?: number
}

export interface TrafficPolicy {
  readonly connectionPool: ConnectionPool
  /** Absent where nothing is ejected. */
  readonly outlierDetection?: OutlierDetection
  readonly loadBalancer: LoadBalancer
  /** The undecoded `tls`, which `clientTls` reads. */
  readonly tls?: Fields
}

/**
 * The policy that callers of a namespace apply to a destination: the DestinationRule's own, a subset's parts
 * over it, and settings of the port in the place of all others.
 * Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#TrafficPolicy
 */
export const trafficPolicyFor = memoizeByKey(
  (
    host: string,
    port: number | undefined,
    subset: string | undefined,
    callerNamespace: string,
    callerLabels?: Readonly<Record<string, string>>,
  ) =>
    `${callerNamespace} ${host} ${String(port)} ${subset ?? ''} ${callerLabels === undefined ? '' : JSON.stringify(callerLabels)}`,
  (
    mesh: Mesh,
    host: string,
    port: number | undefined,
    subset: string | undefined,
    callerNamespace: string,
    callerLabels?: Readonly<Record<string, string>>,
  ): TrafficPolicy => {
    const qualified = qualifyHost(host, callerNamespace, mesh.clusterDomain)
    const found = destinationRulesFor(mesh, qualified, callerNamespace, callerLabels)
    const general = fieldsOf(found.trafficPolicy?.fields)
    const own = fieldsOf(subset === undefined ? undefined : found.subsets.get(subset)?.subset.trafficPolicy)
    const merged = overlay(portSettings(general, port) ?? general, own)
    return decodePolicy(portSettings(own, port) ?? merged)
  },
)

/** "Default values will be applied to fields omitted in port-level traffic policies": they inherit nothing. */
const portSettings = (policy: Fields, port: number | undefined): Fields | undefined =>
  listOf(policy['portLevelSettings'])
    .map(fieldsOf)
    .find(item => numberOf(fieldsOf(item['port'])['number']) === port && port !== undefined)

const parts = ['connectionPool', 'outlierDetection', 'loadBalancer', 'tls'] as const

/** Each part of the subset's policy replaces the whole part of the general one. */
const overlay = (general: Fields, own: Fields): Fields =>
  Object.fromEntries(parts.map(part => [part, optionalFields(own[part]) ?? general[part]]))

function decodePolicy(policy: Fields): TrafficPolicy {
  const outlier = optionalFields(policy['outlierDetection'])
  return compact({
    connectionPool: decodeConnectionPool(fieldsOf(policy['connectionPool'])),
    outlierDetection: outlier && decodeOutlierDetection(outlier),
    loadBalancer: decodeLoadBalancer(fieldsOf(policy['loadBalancer'])),
    tls: optionalFields(policy['tls']),
  })
}

function decodeConnectionPool(pool: Fields): ConnectionPool {
  const tcp = fieldsOf(pool['tcp'])
  const http = fieldsOf(pool['http'])
  return compact({
    maxConnections: positive(tcp['maxConnections']),
    connectTimeoutMs: parseDuration(textOf(tcp['connectTimeout'])),
    http1MaxPendingRequests: positive(http['http1MaxPendingRequests']),
    http2MaxRequests: positive(http['http2MaxRequests']),
    maxRequestsPerConnection: positive(http['maxRequestsPerConnection']),
    maxRetries: positive(http['maxRetries']),
    idleTimeoutMs: parseDuration(textOf(http['idleTimeout'])),
  })
}

/** Istio reads 0 as "nothing said". */
const positive = (value: unknown): number | undefined => {
  const number = numberOf(value)
  return number !== undefined && number > 0 ? number : undefined
}

/** Defaults: https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection */
function decodeOutlierDetection(outlier: Fields): OutlierDetection {
  return compact({
    consecutive5xxErrors: numberOf(outlier['consecutive5xxErrors']) ?? 5,
    consecutiveGatewayErrors: numberOf(outlier['consecutiveGatewayErrors']) ?? 0,
    consecutiveLocalOriginFailures: numberOf(outlier['consecutiveLocalOriginFailures']),
    intervalMs: parseDuration(textOf(outlier['interval'])) ?? 10_000,
    baseEjectionTimeMs: parseDuration(textOf(outlier['baseEjectionTime'])) ?? 30_000,
    maxEjectionPercent: positive(outlier['maxEjectionPercent']) ?? 10,
    minHealthPercent: numberOf(outlier['minHealthPercent']) ?? 0,
  })
}

/** Istio's default is LEAST_REQUEST; LEAST_CONN is its old name. */
function decodeLoadBalancer(balancer: Fields): LoadBalancer {
  const hash = optionalFields(balancer['consistentHash'])
  const key = hash && decodeHash(hash)
  const warmup = fieldsOf(balancer['warmup'])['duration'] ?? balancer['warmupDurationSecs']
  const simple = textOf(balancer['simple'])
  return compact({
    algorithm: key
      ? 'CONSISTENT_HASH'
      : simple === 'ROUND_ROBIN' || simple === 'RANDOM' || simple === 'PASSTHROUGH'
        ? simple
        : 'LEAST_REQUEST',
    hash: key,
    warmupMs: parseDuration(textOf(warmup)),
  })
}

function decodeHash(hash: Fields): HashKey | undefined {
  const header = textOf(hash['httpHeaderName'])
  if (header !== undefined) return { by: 'header', name: header.toLowerCase() }
  const parameter = textOf(hash['httpQueryParameterName'])
  if (parameter !== undefined) return { by: 'query-parameter', name: parameter }
  const cookie = optionalFields(hash['httpCookie'])
  if (cookie !== undefined)
    return compact({
      by: 'cookie' as const,
      name: textOf(cookie['name']) ?? '',
      ttlMs: parseDuration(textOf(cookie['ttl'])),
    })
  return hash['useSourceIp'] === true ? { by: 'source-ip' } : undefined
}
