import { fieldsOf, listOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

export type AddOnName = 'prometheus' | 'jaeger' | 'grafana'

export const ADD_ON_NAMES = ['prometheus', 'jaeger', 'grafana'] as const
/** The namespace of our add-ons, by which they are recognised and with which they are deleted. */
export const ADD_ONS_NAMESPACE = 'mesh-addons'

/** An add-on that runs in a cluster, whoever installed it. */
export interface FoundAddOn {
  readonly name: AddOnName
  readonly kind: string
  readonly namespace: string
  readonly workload: string
  readonly image: string
  readonly isReady: boolean
  readonly isOurs: boolean
  /** Who installed it, as far as its labels tell. */
  readonly by: string
}

/** By the image, as names and labels differ from one installer to the next; a mirror keeps the last part of its path. */
const IMAGES: Readonly<Record<AddOnName, RegExp>> = {
  prometheus:
    /(?:^|\/)(?:prom|prometheus)\/prometheus(?:[:@]|$)|(?:^|\/)mirrored-prometheus-prometheus(?:[:@]|$)/,
  jaeger: /(?:^|\/)jaegertracing\/(?:all-in-one|jaeger|jaeger-query|opentelemetry-all-in-one)(?:[:@]|$)/,
  grafana:
    /(?:^|\/)grafana\/grafana(?:-oss|-enterprise)?(?:[:@]|$)|(?:^|\/)mirrored-grafana-grafana(?:[:@]|$)/,
}

/** Finds add-ons among Deployments and StatefulSets. */
export function findAddOns(workloads: readonly KubernetesObject[]): readonly FoundAddOn[] {
  return workloads.flatMap(workload => {
    const template = fieldsOf(fieldsOf(fieldsOf(workload.spec)['template'])['spec'])
    const images = listOf(template['containers']).map(container => textOf(fieldsOf(container)['image']) ?? '')
    return ADD_ON_NAMES.flatMap((name): readonly FoundAddOn[] => {
      const image = images.find(each => IMAGES[name].test(each))
      if (image === undefined) return []
      const { namespace = 'default', name: workloadName } = workload.metadata
      return [
        {
          name,
          kind: workload.kind,
          namespace,
          workload: workloadName,
          image,
          isReady: isReady(workload),
          isOurs: namespace === ADD_ONS_NAMESPACE,
          by: installerOf(workload),
        },
      ]
    })
  })
}

function isReady({ spec, status }: KubernetesObject): boolean {
  const wanted = fieldsOf(spec)['replicas'] ?? 1
  const ready = fieldsOf(status)['readyReplicas'] ?? 0
  return typeof wanted === 'number' && typeof ready === 'number' && wanted > 0 && ready >= wanted
}

/** Sources: istio/samples/addons, linkerd2/viz/charts, Helm's and the Prometheus operator's common labels. */
function installerOf({ metadata }: KubernetesObject): string {
  const labels = metadata.labels ?? {}
  if (metadata.namespace === ADD_ONS_NAMESPACE) return 'Mesh Workbench'
  if (labels['linkerd.io/extension'] !== undefined) return `Linkerd ${labels['linkerd.io/extension']}`
  if (metadata.namespace === 'istio-system') return "Istio's samples"
  const managedBy = labels['app.kubernetes.io/managed-by']
  if (managedBy !== undefined) return managedBy
  return labels['operator.prometheus.io/name'] === undefined ? 'another installer' : 'the Prometheus operator'
}
