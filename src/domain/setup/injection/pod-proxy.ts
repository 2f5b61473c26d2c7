import { compact, fieldsOf, listOf, textOf, textsOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

/** What a proxy of Istio is there for: one pod, the way in or out, a namespace's HTTP in ambient mode, or a node. */
export type IstioProxyMode = 'sidecar' | 'gateway' | 'waypoint' | 'ztunnel'

/** The proxy that a pod has, or in ambient mode the redirection to its node's. */
export interface PodProxy {
  readonly mode: IstioProxyMode | 'ambient' | 'linkerd'
  /** As its image or annotation says. */
  readonly version?: string
  readonly revision?: string
  /** Whether a webhook put it in; otherwise it is part of the workload's own template. */
  readonly isInjected: boolean
}

export const ISTIO_PROXY = 'istio-proxy'
const ISTIO_MODES: ReadonlySet<PodProxy['mode']> = new Set(['sidecar', 'gateway', 'waypoint', 'ztunnel'])
export const LINKERD_PROXY = 'linkerd-proxy'

/** Whether a container is a proxy of a mesh, by its name; gateways and waypoints have that of a sidecar. */
export const isMeshProxy = (container: string): boolean =>
  container === ISTIO_PROXY || container === LINKERD_PROXY

/** The tag of an image without the flavour: `1.31.0` of `docker.io/istio/proxyv2:1.31.0-distroless`. */
export function versionOfImage(image: string): string | undefined {
  const tag = /:(?<tag>[^:/@]+)(?:@.*)?$/.exec(image)?.groups?.['tag']
  return tag?.replace(/-(?:distroless|debug)$/, '')
}

/** Containers and init containers: newer Istio and Linkerd have their proxies among the latter, as native sidecars. */
export const containersOf = (spec: unknown): readonly Readonly<Record<string, unknown>>[] => {
  const { containers, initContainers } = fieldsOf(spec)
  return [...listOf(containers), ...listOf(initContainers)].map(fieldsOf)
}

/**
 * What of a mesh is in the pod. Sources: Istio, Sidecar injection; istio cni/pkg/util (ambient.istio.io/redirection);
 * Linkerd, Proxy configuration (linkerd.io/proxy-version).
 */
export function readPodProxy({ metadata, spec }: KubernetesObject): PodProxy | undefined {
  const annotations = metadata.annotations ?? {}
  const containers = containersOf(spec)
  const find = (name: string) => containers.find(container => container['name'] === name)
  const istio = find(ISTIO_PROXY)
  if (istio) {
    const status = annotations['sidecar.istio.io/status']
    return compact({
      mode: modeOf(textsOf(istio['args'])),
      version: versionOfImage(textOf(istio['image']) ?? ''),
      revision: annotations['istio.io/rev'] ?? revisionOf(status) ?? metadata.labels?.['istio.io/rev'],
      isInjected: status !== undefined,
    })
  }
  const linkerd = find(LINKERD_PROXY)
  if (linkerd)
    return compact({
      mode: 'linkerd' as const,
      version: annotations['linkerd.io/proxy-version'] ?? versionOfImage(textOf(linkerd['image']) ?? ''),
      isInjected: annotations['linkerd.io/created-by']?.startsWith('linkerd/proxy-injector') ?? true,
    })
  if (annotations['ambient.istio.io/redirection'] === 'enabled') return { mode: 'ambient', isInjected: false }
  return undefined
}

/**
 * The first argument of the proxy's container is its role.
 * Source: https://istio.io/latest/docs/reference/commands/pilot-agent/#pilot-agent-proxy; istio, manifests/charts/ztunnel
 */
function modeOf(args: readonly string[]): IstioProxyMode {
  if (args.includes('router')) return 'gateway'
  return args.includes('waypoint') ? 'waypoint' : args.includes('ztunnel') ? 'ztunnel' : 'sidecar'
}

/** The mode of the Istio proxy that runs in a pod; this is how proxies are counted everywhere. */
export function istioProxyOf(pod: KubernetesObject): IstioProxyMode | undefined {
  const mode = readPodProxy(pod)?.mode
  return mode !== undefined && ISTIO_MODES.has(mode) ? (mode as IstioProxyMode) : undefined
}

/** The injector writes what it did as JSON. */
function revisionOf(status: string | undefined): string | undefined {
  return /"revision":"(?<revision>[^"]+)"/.exec(status ?? '')?.groups?.['revision']
}
