import type { Workload } from '../../routing/policy/mutual-tls.ts'
import { selects } from '../named-object.ts'
import type { MetricOverride, ReporterMode, StandardMetric, TagChange, Telemetry } from './telemetry.ts'

/** What the Telemetry objects make of one metric at one proxy. */
export interface MetricTags {
  readonly isDisabled: boolean
  readonly tags: Readonly<Record<string, TagChange>>
}

/**
 * The overrides that count for a workload, in the order in which they apply: those of the mesh, of its namespace, and of
 * itself, the oldest object of each level alone.
 * Source: https://istio.io/latest/docs/reference/config/telemetry/ ("Telemetry", hierarchy), and istio,
 * pilot/pkg/model/telemetry.go (applicableTelemetries, mergeMetrics)
 */
export function overridesFor(
  telemetries: readonly Telemetry[],
  workload: Pick<Workload, 'namespace' | 'labels'>,
  rootNamespace: string,
): readonly MetricOverride[] {
  return telemetriesFor(telemetries, workload, rootNamespace).flatMap(({ overrides }) => overrides)
}

/** The Telemetry objects that count for a workload, the widest first: the mesh's, its namespace's, its own. */
export function telemetriesFor(
  telemetries: readonly Telemetry[],
  workload: Pick<Workload, 'namespace' | 'labels'>,
  rootNamespace: string,
): readonly Telemetry[] {
  const find = (isMeant: (telemetry: Telemetry) => boolean): readonly Telemetry[] => {
    const found = telemetries.find(isMeant)
    return found === undefined ? [] : [found]
  }
  return [
    ...find(({ namespace, selector }) => namespace === rootNamespace && selector === undefined),
    ...(workload.namespace === rootNamespace
      ? []
      : find(({ namespace, selector }) => namespace === workload.namespace && selector === undefined)),
    ...find(
      ({ namespace, selector }) =>
        namespace === workload.namespace && selector !== undefined && selects(selector, workload.labels),
    ),
  ]
}

/** What these overrides come to for one metric; of two that change the same label, the later one wins. */
export function metricTags(
  overrides: readonly MetricOverride[],
  metric: StandardMetric,
  mode: ReporterMode,
): MetricTags {
  const meant = overrides.filter(each => (each.metric ?? metric) === metric && (each.mode ?? mode) === mode)
  return {
    isDisabled: meant.findLast(({ isDisabled }) => isDisabled !== undefined)?.isDisabled === true,
    tags: Object.assign({}, ...meant.map(({ tags }) => tags)) as Readonly<Record<string, TagChange>>,
  }
}

/** Values by the path that an expression names them by: `request.protocol`, `request.headers` with a record. */
export type Attributes = Readonly<
  Record<string, string | number | Readonly<Record<string, string>> | undefined>
>

/** What the proxy writes where an expression comes to nothing. Source: proxy, extensions/stats/plugin.cc */
const UNKNOWN = 'unknown'

/**
 * The value of a tag's expression. A part of CEL: literals, attributes by path, and entries of maps by name; what is
 * more than that, or not there, is `unknown`, as it is where a proxy cannot evaluate it.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
 */
export function evaluateTag(expression: string, attributes: Attributes): string {
  const text = expression.trim()
  const literal = /^(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")$/.exec(text)?.groups
  if (literal) return literal['single'] ?? literal['double'] ?? ''
  if (/^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text)) return text
  const entry = /^(?<path>[\w.]+)\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]$/.exec(text)?.groups
  const value = attributes[entry?.['path'] ?? text]
  if (entry) {
    const name = entry['single'] ?? entry['double'] ?? ''
    return typeof value === 'object' ? (value[name.toLowerCase()] ?? UNKNOWN) : UNKNOWN
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : UNKNOWN
}

/** A metric's labels with the changes applied; new labels come last. */
export function applyTags(
  labels: readonly (readonly [name: string, value: string])[],
  tags: Readonly<Record<string, TagChange>>,
  attributes: Attributes,
): readonly (readonly [name: string, value: string])[] {
  const written = labels.flatMap(([name, value]) => {
    const change = Object.hasOwn(tags, name) ? tags[name] : undefined
    if (change === undefined) return [[name, value] as const]
    return change.operation === 'remove' ? [] : [[name, evaluateTag(change.expression, attributes)] as const]
  })
  const known = new Set(labels.map(([name]) => name))
  const added = Object.entries(tags).flatMap(([name, change]) =>
    known.has(name) || change.operation === 'remove'
      ? []
      : [[name, evaluateTag(change.expression, attributes)] as const],
  )
  return [...written, ...added]
}
