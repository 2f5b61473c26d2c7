import { computed } from 'vue'
import { ISTIO_PROXY, istioProxyOf } from '../../domain/setup/injection/pod-proxy.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { objectsOf } from './cluster.ts'

export interface MeshSummary {
  readonly name: 'Istio'
  readonly version: string
  readonly readyProxies: number
  readonly proxies: number
}

interface PodShape {
  readonly spec?: {
    readonly containers?: readonly ContainerShape[]
    readonly initContainers?: readonly ContainerShape[]
  }
  readonly status?: {
    readonly containerStatuses?: readonly ContainerStatusShape[]
    readonly initContainerStatuses?: readonly ContainerStatusShape[]
  }
}
interface ContainerShape {
  readonly name?: string
  readonly image?: string
}
interface ContainerStatusShape {
  readonly name?: string
  readonly ready?: boolean
}

/** The tag of an image: `1.31.0` of `docker.io/istio/pilot:1.31.0-distroless`. */
export function versionOfImage(image: string): string {
  const tag = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? ''
  return tag.replace(/-(?:distroless|debug)$/, '')
}

/** The mesh of the chosen context as its own pods tell it; undefined where there is none. */
export const mesh = computed<MeshSummary | undefined>(() => {
  const control = objectsOf('apps', 'Deployment').find(isControlPlane)
  const pods = objectsOf('', 'Pod').map(pod => proxyStateOf(pod))
  const proxies = pods.filter(state => state !== 'none')
  if (control === undefined && proxies.length === 0) return undefined
  return {
    name: 'Istio',
    version: control === undefined ? '' : versionOfImage(imageOf(control)),
    readyProxies: proxies.filter(state => state === 'ready').length,
    proxies: proxies.length,
  }
})

function isControlPlane({ metadata }: KubernetesObject): boolean {
  return (
    metadata.labels?.['app'] === 'istiod' || metadata.name === 'istiod' || metadata.name.startsWith('istiod-')
  )
}

function imageOf(deployment: KubernetesObject): string {
  const spec = deployment.spec as { readonly template?: PodShape } | undefined
  return spec?.template?.spec?.containers?.[0]?.image ?? ''
}

function proxyStateOf(pod: KubernetesObject): 'none' | 'ready' | 'waiting' {
  if (istioProxyOf(pod) === undefined) return 'none'
  const { status } = pod as PodShape
  const states = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return states.some(({ name, ready }) => name === ISTIO_PROXY && ready === true) ? 'ready' : 'waiting'
}
