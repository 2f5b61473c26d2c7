import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { portsOf, type ForwardTarget } from './forward-target.ts'

/** A page of a mesh's own that a forward opens. */
export interface MeshConsole {
  readonly title: string
  readonly target: ForwardTarget
  readonly port: string
}

/**
 * The names that the meshes' own add-ons and charts give their Services, with the port of the page.
 * Source: istio/samples/addons; jaegertracing/helm-charts; linkerd2/viz/charts/linkerd-viz
 */
const known: readonly {
  title: string
  names: readonly string[]
  ports: readonly string[]
  namespace?: string
}[] = [
  { title: 'Prometheus', names: ['prometheus', 'prometheus-server'], ports: ['9090', '80'] },
  { title: 'Jaeger', names: ['jaeger-query', 'tracing', 'jaeger'], ports: ['16686', '80'] },
  { title: 'Kiali', names: ['kiali'], ports: ['20001'] },
  { title: 'Grafana', names: ['grafana'], ports: ['3000', '80'] },
  { title: 'Linkerd viz', names: ['web'], ports: ['8084'], namespace: 'linkerd-viz' },
]

/** The consoles that a cluster's Services have, one of each. */
export function findConsoles(services: readonly KubernetesObject[]): readonly MeshConsole[] {
  return known.flatMap(({ title, names, ports, namespace }) => {
    for (const name of names) {
      for (const service of services) {
        const { metadata } = service
        if (metadata.name !== name || (namespace !== undefined && metadata.namespace !== namespace)) continue
        const port = portsOf(service).find(each => ports.includes(each.port))
        if (port === undefined) continue
        const target = { kind: 'Service', namespace: metadata.namespace ?? '', name } as const
        return [{ title, target, port: port.port }]
      }
    }
    return []
  })
}
