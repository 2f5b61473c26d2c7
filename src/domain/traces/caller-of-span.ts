import type { Mesh } from '../istio/mesh.ts'
import type { Caller } from '../routing/request.ts'
import { tagOf } from './trace-figures.ts'
import type { Span } from './trace.ts'

/**
 * The proxy that made a span, as Istio writes it: `sidecar~IP~pod.namespace~domain` or `router~…`.
 * Source: https://istio.io/latest/docs/ops/diagnostic-tools/proxy-cmd/ (proxy id)
 */
export function callerOfSpan(mesh: Mesh, span: Span): Caller | undefined {
  const [kind, , name = ''] = (tagOf(span, 'node_id') ?? '').split('~')
  const dot = name.lastIndexOf('.')
  if (dot === -1) return undefined
  const namespace = name.slice(dot + 1)
  const pod = mesh.podsByNamespace.get(namespace)?.find(each => each.name === name.slice(0, dot))
  return {
    kind: kind === 'router' ? 'gateway' : 'workload',
    namespace,
    labels: pod?.labels ?? {},
    ...(pod === undefined ? {} : { serviceAccount: pod.serviceAccount }),
  }
}
