import { compact, fieldsOf, listOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { InjectionWebhook } from './injection-webhook.ts'
import { versionOfImage } from './pod-proxy.ts'

/** A control plane that runs in the cluster. */
export interface ControlPlane {
  readonly mesh: 'istio' | 'linkerd'
  readonly namespace: string
  readonly version?: string
  /** Istio's. */
  readonly revision?: string
}

/** Finds istiod by its label and Linkerd by its destination component. */
export function readControlPlanes(deployments: readonly KubernetesObject[]): readonly ControlPlane[] {
  return deployments.flatMap(({ metadata, spec }) => {
    const labels = metadata.labels ?? {}
    const isLinkerd = labels['linkerd.io/control-plane-component'] === 'destination'
    if (labels['app'] !== 'istiod' && !isLinkerd) return []
    const pod = fieldsOf(fieldsOf(fieldsOf(spec)['template'])['spec'])
    const image = textOf(fieldsOf(listOf(pod['containers'])[0])['image']) ?? ''
    const namespace = metadata.namespace ?? ''
    const version = versionOfImage(image)
    return [
      isLinkerd
        ? compact({ mesh: 'linkerd' as const, namespace, version })
        : compact({
            mesh: 'istio' as const,
            namespace,
            version,
            revision: labels['istio.io/rev'] ?? 'default',
          }),
    ]
  })
}

/** The control plane that a webhook's proxies talk to. */
export const controlPlaneOf = (
  planes: readonly ControlPlane[],
  { mesh, revision }: Pick<InjectionWebhook, 'mesh' | 'revision'>,
): ControlPlane | undefined =>
  planes.find(plane => plane.mesh === mesh && (mesh === 'linkerd' || plane.revision === revision))
