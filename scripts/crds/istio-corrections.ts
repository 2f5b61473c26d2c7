import type { Schema } from '../../src/playground/objects/schema.ts'
import { add, field, mapOf, type Correction } from './correction.ts'

const strings: Schema = { type: 'array', items: { type: 'string' } }

const described = (description: string, schema: Schema): Schema => ({ description, ...schema })

const keepAlive = described('Configure HTTP/2 PING frames for upstream connections.', {
  type: 'object',
  properties: {
    interval: described('Send HTTP/2 PING frames at this interval.', { type: 'string' }),
    timeout: described(
      'How long to wait for a response to an HTTP/2 PING frame before closing the connection.',
      {
        type: 'string',
      },
    ),
  },
})

const zoneAware = described('Zone Aware load balancer settings.', {
  type: 'object',
  properties: {
    enabled: described('Enable zone aware load balancing.', { type: 'boolean', nullable: true }),
    failover: described('Optional.', {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          from: described('Originating region.', { type: 'string' }),
          to: described(
            "Destination region the traffic will fail over to when endpoints in the 'from' region becomes unhealthy.",
            { type: 'string' },
          ),
        },
      },
    }),
    failoverPriority: described(
      'failoverPriority is an ordered list of labels used to sort endpoints for priority-based load balancing.',
      strings,
    ),
    minClusterSize: described(
      "Minimum number of hosts in the upstream cluster's local region required for zone-aware load balancing to be enabled.",
      { type: 'integer', nullable: true, minimum: 1, maximum: 4294967295 },
    ),
  },
})

const skipVerify = described(
  'Optional: If set to true, the proxy will try to validate the certificate, but even if the validation fails, it will allow the connection through.',
  { type: 'boolean', nullable: true },
)

const nullable = (kind: string, ...paths: readonly string[]): readonly Correction[] =>
  paths.map(path => add(kind, path, { nullable: true }))

const policies = ['spec.trafficPolicy', 'spec.subsets[].trafficPolicy']
const policiesOfPorts = [...policies, ...policies.map(path => `${path}.portLevelSettings[]`)]

/** What Istio 1.31 has and the package, which is of 1.29, does not; and which fields may be null, which it does not say. */
export const istioCorrections: readonly Correction[] = [
  ...['trustDomains', 'notTrustDomains'].map(name =>
    field('AuthorizationPolicy', 'spec.rules[].from[].source', name, described('Optional.', strings)),
  ),
  ...policiesOfPorts.flatMap(path => [
    field('DestinationRule', `${path}.connectionPool.http`, 'http2KeepAlive', keepAlive),
    field('DestinationRule', `${path}.loadBalancer`, 'zoneAwareLbSetting', zoneAware),
    field(
      'DestinationRule',
      `${path}.outlierDetection`,
      'outlierDetectionHttpErrorCodes',
      described('Specifies the HTTP response status codes that are treated as outlier detection errors.', {
        type: 'array',
        items: { type: 'integer', minimum: 100, maximum: 599 },
      }),
    ),
    ...nullable(
      'DestinationRule',
      `${path}.loadBalancer.localityLbSetting.enabled`,
      `${path}.loadBalancer.warmup.aggression`,
      `${path}.loadBalancer.warmup.minimumPercent`,
      `${path}.outlierDetection.consecutive5xxErrors`,
      `${path}.outlierDetection.consecutiveGatewayErrors`,
      `${path}.outlierDetection.consecutiveLocalOriginFailures`,
      `${path}.tls.insecureSkipVerify`,
    ),
  ]),
  ...policies.flatMap(path => [
    field(
      'DestinationRule',
      `${path}.retryBudget`,
      'budgetInterval',
      described(
        'Specifies the duration in which requests will be considered when calculating the budget for retries.',
        {
          type: 'string',
        },
      ),
    ),
    ...nullable('DestinationRule', `${path}.retryBudget.percent`),
  ]),
  {
    kind: 'EnvoyFilter',
    path: 'spec.configPatches[].patch.operation',
    change: own => ({ ...own, enum: [...(own.enum ?? []), 'MERGE_AND_REPLACE_LIST'] }),
  },
  field('Gateway', 'spec.servers[].tls', 'insecureSkipVerify', skipVerify),
  field('Sidecar', 'spec.ingress[].tls', 'insecureSkipVerify', skipVerify),
  field('Sidecar', 'spec.inboundConnectionPool.http', 'http2KeepAlive', keepAlive),
  field('Sidecar', 'spec.ingress[].connectionPool.http', 'http2KeepAlive', keepAlive),
  ...nullable('ProxyConfig', 'spec.concurrency'),
  mapOf('ServiceEntry', 'spec.ports', 'name'),
  field(
    'Telemetry',
    'spec.tracing[]',
    'disableContextPropagation',
    described(
      'Controls whether trace context headers (e.g., `traceparent`/`tracestate` for W3C, `X-B3-*` for Zipkin) are propagated in forwarded requests.',
      { type: 'boolean', nullable: true },
    ),
  ),
  ...nullable(
    'Telemetry',
    'spec.accessLogging[].disabled',
    'spec.metrics[].overrides[].disabled',
    'spec.tracing[].disableSpanReporting',
    'spec.tracing[].enableIstioTags',
    'spec.tracing[].randomSamplingPercentage',
    'spec.tracing[].useRequestIdForTraceSampling',
  ),
  field(
    'VirtualService',
    'spec.http[].redirect',
    'prefixRewrite',
    described('On a redirect, replace the matched prefix with this value.', { type: 'string' }),
  ),
  ...nullable(
    'VirtualService',
    'spec.http[].corsPolicy.allowCredentials',
    'spec.http[].mirror_percent',
    'spec.http[].mirrorPercent',
    'spec.http[].retries.retryIgnorePreviousHosts',
    'spec.http[].retries.retryRemoteLocalities',
  ),
  mapOf('WasmPlugin', 'spec.match[].ports', 'number'),
  mapOf('WasmPlugin', 'spec.vmConfig.env', 'name'),
  ...nullable('WasmPlugin', 'spec.priority'),
]
