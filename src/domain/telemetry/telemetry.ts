import { compareAge, nameObject, type NamedObject } from '../mesh/named-object.ts'
import { compact, fieldsOf, listOf, textMapOf, textOf } from '../mesh/read-fields.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { groupOf } from '../resources/kubernetes-object.ts'

/** Istio's standard metrics of HTTP, as Telemetry names them. Source: istio api, telemetry/v1alpha1 (IstioMetric) */
export type StandardMetric = 'REQUEST_COUNT' | 'REQUEST_DURATION' | 'REQUEST_SIZE' | 'RESPONSE_SIZE'
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
    overrides: listOf(spec['metrics'])
      .map(fieldsOf)
      .filter(isForPrometheus)
      .flatMap(({ overrides }) => listOf(overrides).map(each => readOverride(fieldsOf(each)))),
  }
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
