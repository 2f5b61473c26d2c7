import { compareAge, nameObject, type NamedObject } from '../named-object.ts'
import { compact, fieldsOf, listOf, numberOf, textMapOf, textOf } from '../fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { groupOf } from '../../kubernetes/kubernetes-object.ts'

/** Istio's standard metrics, as Telemetry names them. Source: istio api, telemetry/v1alpha1 (IstioMetric) */
export type StandardMetric =
  | 'REQUEST_COUNT'
  | 'REQUEST_DURATION'
  | 'REQUEST_SIZE'
  | 'RESPONSE_SIZE'
  | 'TCP_OPENED_CONNECTIONS'
  | 'TCP_CLOSED_CONNECTIONS'
  | 'TCP_SENT_BYTES'
  | 'TCP_RECEIVED_BYTES'
export type ReporterMode = 'CLIENT' | 'SERVER'

/** What happens to one label of a metric. */
export type TagChange =
  { readonly operation: 'upsert'; readonly expression: string } | { readonly operation: 'remove' }

/** One entry of `metrics[].overrides`. */
export interface MetricOverride {
  /** Absent: all metrics. A custom metric of another name is none of these. */
  readonly metric?: string
  /** Absent: both. */
  readonly mode?: ReporterMode
  readonly isDisabled?: boolean
  readonly tags: Readonly<Record<string, TagChange>>
}

export interface Telemetry extends NamedObject {
  /** Labels of the workloads that it is for; absent: all of its namespace, or of the mesh in the root namespace. */
  readonly selector?: Readonly<Record<string, string>>
  readonly overrides: readonly MetricOverride[]
  /** Absent where it says nothing of traces. */
  readonly tracing?: readonly TracingRule[]
  /** Absent where it says nothing of access logs. */
  readonly accessLogging?: readonly AccessLogRule[]
}

/** One entry of `tracing`. */
export interface TracingRule {
  readonly mode?: ReporterMode
  readonly randomSamplingPercentage?: number
  readonly isReportingDisabled?: boolean
  readonly customTags: Readonly<Record<string, CustomTag>>
}

/** The value of a span's tag: a literal, or a request header with a default. */
export type CustomTag =
  { readonly literal: string } | { readonly header: string; readonly defaultValue?: string }

/** One entry of `accessLogging`. */
export interface AccessLogRule {
  readonly mode?: ReporterMode
  readonly isDisabled: boolean
  /** A CEL expression; lines for which it is false are not written. */
  readonly filter?: string
}

/** The Telemetry objects among some, oldest first, as istiod takes them. */
export const readTelemetries = (objects: readonly KubernetesObject[]): readonly Telemetry[] =>
  objects
    .filter(({ apiVersion, kind }) => kind === 'Telemetry' && groupOf(apiVersion) === 'telemetry.istio.io')
    .map(readTelemetry)
    .sort(compareAge)

function readTelemetry(object: KubernetesObject): Telemetry {
  const spec = fieldsOf(object.spec)
  const selector = textMapOf(fieldsOf(spec['selector'])['matchLabels'])
  return {
    ...nameObject(object),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
    ...(spec['tracing'] === undefined ? {} : { tracing: listOf(spec['tracing']).map(readTracing) }),
    ...(spec['accessLogging'] === undefined
      ? {}
      : { accessLogging: listOf(spec['accessLogging']).map(readAccessLogging) }),
    overrides: listOf(spec['metrics'])
      .map(fieldsOf)
      .filter(isForPrometheus)
      .flatMap(({ overrides }) => listOf(overrides).map(each => readOverride(fieldsOf(each)))),
  }
}

const readMode = (match: unknown): ReporterMode | undefined => {
  const { mode } = fieldsOf(match)
  return mode === 'CLIENT' || mode === 'SERVER' ? mode : undefined
}

function readTracing(value: unknown): TracingRule {
  const rule = fieldsOf(value)
  const reporting = rule['disableSpanReporting']
  return compact({
    mode: readMode(rule['match']),
    randomSamplingPercentage: numberOf(rule['randomSamplingPercentage']),
    isReportingDisabled: typeof reporting === 'boolean' ? reporting : undefined,
    customTags: readCustomTags(rule['customTags']),
  })
}

/** Also the form of `defaultConfig.tracing.custom_tags`. What comes of a proxy's environment is left out. */
export const readCustomTags = (value: unknown): Readonly<Record<string, CustomTag>> =>
  Object.fromEntries(
    Object.entries(fieldsOf(value)).flatMap(([name, tag]): [string, CustomTag][] => {
      const fields = fieldsOf(tag)
      const literal = textOf(fieldsOf(fields['literal'])['value'])
      if (literal !== undefined) return [[name, { literal }]]
      const { name: header, defaultValue } = fieldsOf(fields['header'])
      const lower = textOf(header)?.toLowerCase()
      return lower === undefined
        ? []
        : [[name, compact({ header: lower, defaultValue: textOf(defaultValue) })]]
    }),
  )

function readAccessLogging(value: unknown): AccessLogRule {
  const rule = fieldsOf(value)
  return compact({
    mode: readMode(rule['match']),
    isDisabled: rule['disabled'] === true,
    filter: textOf(fieldsOf(rule['filter'])['expression']),
  })
}

type Fields = Readonly<Record<string, unknown>>

/** Entries without a provider are for the mesh's default, which is Prometheus as `istioctl install` has it. */
const isForPrometheus = ({ providers }: Fields): boolean => {
  const names = listOf(providers).map(each => textOf(fieldsOf(each)['name']))
  return names.length === 0 || names.includes('prometheus')
}

function readOverride({ match, disabled, tagOverrides }: Fields): MetricOverride {
  const { metric, customMetric, mode } = fieldsOf(match)
  const named = textOf(customMetric) ?? textOf(metric)
  return compact({
    metric: named === 'ALL_METRICS' ? undefined : named,
    mode: mode === 'CLIENT' || mode === 'SERVER' ? mode : undefined,
    isDisabled: typeof disabled === 'boolean' ? disabled : undefined,
    tags: Object.fromEntries(
      Object.entries(fieldsOf(tagOverrides)).map(([name, change]): [string, TagChange] => {
        const { operation, value } = fieldsOf(change)
        return [
          name,
          operation === 'REMOVE'
            ? { operation: 'remove' }
            : { operation: 'upsert', expression: textOf(value) ?? '' },
        ]
      }),
    ),
  })
}
