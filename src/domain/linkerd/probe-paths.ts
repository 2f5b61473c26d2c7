import type { MeshPod } from '../istio/pod.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

/**
 * The paths that the kubelet asks a pod for on a port, without their queries.
 * Follows `pod_http_probes` in linkerd2's policy-controller/k8s/index/src/inbound/index.rs (workload and pod).
 */
export function probePathsOf(pod: MeshPod, port: number | undefined): readonly string[] {
  const spec = fieldsOf(pod.object.spec)
  return [...listOf(spec['containers']), ...listOf(spec['initContainers'])].map(fieldsOf).flatMap(container =>
    PROBES.flatMap(name => {
      const get = optionalFields(fieldsOf(container[name])['httpGet'])
      return get !== undefined && portOfProbe(get, container) === port && port !== undefined
        ? [pathOfProbe(get)]
        : []
    }),
  )
}

function portOfProbe(get: Fields, container: Fields): number | undefined {
  const name = textOf(get['port'])
  return name === undefined || /^\d+$/.test(name)
    ? numberOf(get['port'])
    : numberOf(
        listOf(container['ports'])
          .map(fieldsOf)
          .find(item => item['name'] === name)?.['containerPort'],
      )
}

function pathOfProbe(get: Fields): string {
  const [path = ''] = (textOf(get['path']) ?? '/').split(/[?#]/)
  return path.startsWith('/') ? path : `/${path}`
}
