import type { Mesh } from '../istio/mesh.ts'
import type { HttpMatch } from '../istio/virtual-service.ts'
import { rulesForCluster, type PossibleRule } from '../routing/explain-span.ts'
import { callerOfSpan } from './caller-of-span.ts'
import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/** The rules that can have chosen where a span's request went. */
export interface SpanRoute {
  /** Envoy's cluster: `outbound|80|v2|myapp.default.svc.cluster.local`. */
  readonly cluster: string
  /** One where the span tells enough to decide; several where it does not; none for a service without rules. */
  readonly rules: readonly PossibleRule[]
  /** The subset that was chosen, empty for none. */
  readonly subset: string
}

function headerNames(mesh: Mesh, rules: readonly PossibleRule[]): Set<string> {
  const names = new Set<string>()
  for (const { route } of rules) {
    const virtualService = mesh.virtualServices.find(
      ({ namespace, name }) => namespace === route.namespace && name === route.name,
    )
    const matches: readonly HttpMatch[] = virtualService?.http.flatMap(rule => rule.matches) ?? []
    for (const match of matches)
      for (const name of [...Object.keys(match.headers), ...Object.keys(match.withoutHeaders)])
        names.add(name.toLowerCase())
  }
  return names
}

/**
 * Which rule sent a span's request on, from what the span and the live objects tell; undefined where the span is not
 * of a request that a proxy sent. Headers are known where the mesh records them as tags (`customTags`).
 * Source: https://istio.io/latest/docs/tasks/observability/distributed-tracing/ (tags of Envoy's spans)
 */
export function routeOfSpan(mesh: Mesh, span: Span): SpanRoute | undefined {
  const cluster = tagOf(span, 'upstream_cluster.name') ?? tagOf(span, 'upstream_cluster') ?? ''
  if (!cluster.startsWith('outbound|')) return undefined
  const [, , subset = '', clusterHost = ''] = cluster.split('|')
  const url = /^https?:\/\/([^/]+)(\/.*)?$/.exec(tagOf(span, 'http.url') ?? '')
  const method = tagOf(span, 'http.method')
  const caller = callerOfSpan(mesh, span)
  const observed = {
    host: url?.[1] ?? clusterHost,
    cluster,
    path: url?.[2] ?? '/',
    ...(method === undefined ? {} : { method }),
    ...(caller === undefined ? {} : { caller }),
  }
  const possible = rulesForCluster(mesh, observed)
  // A header that the rules ask for and the span has as a tag decides; one that is missing may or may not have been there.
  const names = [...headerNames(mesh, possible)]
  const known = names.flatMap(name => {
    const value = tagOf(span, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const isKnown = names.length > 0 && known.length === names.length
  const rules = isKnown
    ? rulesForCluster(mesh, { ...observed, headers: Object.fromEntries(known) })
    : possible
  return { cluster, subset, rules }
}
