import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, numberOf, textOf } from '../fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { findMeshConfigs } from '../settings/mesh-config-sources.ts'
import { parseManifest } from '../../yaml/manifest.ts'
import type { CustomTag, ReporterMode, Telemetry } from './telemetry.ts'
import { readCustomTags } from './telemetry.ts'

/** What a proxy writes about its requests besides its metrics. */
export interface ProxyTelemetry {
  readonly tracing: {
    /** Percent of the traces that begin at it. */
    readonly sampling: number
    readonly isReported: boolean
    readonly customTags: Readonly<Record<string, CustomTag>>
  }
  readonly accessLog: {
    readonly isWritten: boolean
    /** A CEL expression of Telemetry; lines for which it is false are not written. */
    readonly filters: readonly string[]
  }
}

/** What the mesh's own configuration says of traces and access logs. */
export interface TelemetryDefaults {
  readonly sampling: number
  readonly isTracingEnabled: boolean
  readonly customTags: Readonly<Record<string, CustomTag>>
  readonly hasAccessLog: boolean
}

/** Percent. Source: https://istio.io/latest/docs/tasks/observability/distributed-tracing/mesh-and-proxy-config/ */
const DEFAULT_SAMPLING = 1

const tracingOf = (config: Fields): Fields => fieldsOf(config['tracing'])
const tagsOf = (tracing: Fields): unknown => tracing['customTags'] ?? tracing['custom_tags']

/** Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig */
export function readTelemetryDefaults(objects: readonly KubernetesObject[]): TelemetryDefaults {
  const config: Fields = Object.assign(
    {},
    ...findMeshConfigs(objects)
      .sources.toReversed()
      .map(source => source.config),
  ) as Fields
  const tracing = tracingOf(fieldsOf(config['defaultConfig']))
  const providers = fieldsOf(config['defaultProviders'])
  const names = (key: string): number => (Array.isArray(providers[key]) ? providers[key].length : 0)
  return {
    sampling: numberOf(tracing['sampling']) ?? DEFAULT_SAMPLING,
    isTracingEnabled: config['enableTracing'] === true || names('tracing') > 0,
    customTags: readCustomTags(tagsOf(tracing)),
    hasAccessLog: (textOf(config['accessLogFile']) ?? '') !== '' || names('accessLogging') > 0,
  }
}

/**
 * What counts for one proxy: the mesh's configuration, the pod's own annotation over it, and the Telemetry objects over
 * both, the narrower ones last. An object that says nothing of traces or logs changes nothing of them.
 * Source: `mergeTracing` and `mergeLogs` in istio's pilot/pkg/model/telemetry.go, and
 * https://istio.io/latest/docs/reference/config/annotations/#ProxyConfig
 */
export function proxyTelemetryFor(
  defaults: TelemetryDefaults,
  telemetries: readonly Telemetry[],
  annotations: Readonly<Record<string, string>>,
  mode: ReporterMode,
): ProxyTelemetry {
  const own = tracingOf(readProxyConfig(annotations['proxy.istio.io/config']))
  let sampling = numberOf(own['sampling']) ?? defaults.sampling
  let isReported = defaults.isTracingEnabled
  let customTags = tagsOf(own) === undefined ? defaults.customTags : readCustomTags(tagsOf(own))
  for (const rule of telemetries.flatMap(({ tracing = [] }) => tracing)) {
    if ((rule.mode ?? mode) !== mode) continue
    sampling = rule.randomSamplingPercentage ?? sampling
    if (rule.isReportingDisabled !== undefined) isReported = !rule.isReportingDisabled
    if (Object.keys(rule.customTags).length > 0) customTags = rule.customTags
  }
  // The narrowest object that speaks of logs is the one that counts.
  const rules = telemetries.findLast(({ accessLogging }) => accessLogging !== undefined)?.accessLogging
  const meant = rules?.filter(rule => (rule.mode ?? mode) === mode)
  const isWritten = meant === undefined || meant.length === 0 ? defaults.hasAccessLog : meant.some(isOn)
  return {
    tracing: { sampling, isReported, customTags },
    accessLog: {
      isWritten,
      filters: (meant ?? []).filter(isOn).flatMap(({ filter }) => filter ?? []),
    },
  }
}

const isOn = ({ isDisabled }: { readonly isDisabled: boolean }): boolean => !isDisabled

const readProxyConfig = (text: string | undefined): Fields =>
  text === undefined ? {} : fieldsOf(parseManifest(text).documents[0]?.value)
