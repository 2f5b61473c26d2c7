import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import { qualifyHost } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshPod } from '../../istio/pod.ts'
import type { MeshService } from '../../istio/service.ts'
import { visibleServices } from '../../istio/visibility.ts'

/**
 * The ready pods that a destination's requests can go to: those that the Service selects and that have the
 * subset's labels. None where the host is unknown, selects nothing, or has no such subset. `host` may be short
 * where `namespace`, the caller's, completes it.
 */
export function endpointsOf(
  mesh: Mesh,
  host: string,
  subset?: string,
  namespace = namespaceOf(mesh, host),
): readonly MeshPod[] {
  const service = visibleServices(mesh, namespace).get(qualifyHost(host, namespace, mesh.clusterDomain))
  if (service === undefined) return []
  if (subset === undefined) return podsOf(mesh, service)
  const defined = destinationRulesFor(mesh, service.host, namespace).subsets.get(subset)
  return defined === undefined
    ? []
    : podsOf(mesh, service).filter(pod => selects(defined.subset.labels, pod.labels))
}

/** The ready pods behind a service, whatever their version. */
export function podsOf(mesh: Mesh, service: MeshService): readonly MeshPod[] {
  const { selector } = service
  // A Service without selector gets no endpoints from the cluster; one must not read it as "every pod".
  if (selector === undefined || Object.keys(selector).length === 0) return []
  return (mesh.podsByNamespace.get(service.namespace) ?? []).filter(
    pod => pod.isReady && selects(selector, pod.labels),
  )
}

const namespaceOf = (mesh: Mesh, host: string): string => mesh.registry.get(host)?.namespace ?? 'default'
