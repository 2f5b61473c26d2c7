import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshPod } from '../../istio/pod.ts'
import { visibleServices } from '../../istio/visibility.ts'
import type { Decision } from '../decision.ts'
import type { RoutingRequest } from '../request.ts'
import type { Waypoint } from './ambient-world.ts'
import { findServiceWaypoint, findWorkloadWaypoint } from './find-waypoint.ts'
import { isForIngress } from './pass-waypoint.ts'

/**
 * The waypoints that a request passes and whose rules and policies are not worked out: those of pods that are called by
 * their own addresses, and those behind a gateway that splits requests. One phrase for each.
 */
export function undecidedWaypoints(
  mesh: Mesh,
  { from }: RoutingRequest,
  { outcome, destinations }: Decision,
): readonly string[] {
  if (mesh.ambient.waypoints.size === 0 || outcome !== 'forwarded') return []
  const services = visibleServices(mesh, from.namespace)
  const found = destinations.flatMap(({ host, cluster }): readonly (readonly [Waypoint, string])[] => {
    const service = services.get(host)
    if (from.kind === 'gateway') {
      if (destinations.length < 2 || service === undefined || !isForIngress(mesh, service)) return []
      const { waypoint } = findServiceWaypoint(mesh.ambient, service)
      return waypoint === undefined ? [] : [[waypoint, host]]
    }
    if (cluster.startsWith('inbound-vip|')) return []
    const pods =
      service === undefined
        ? mesh.pods.filter(({ ip }) => ip === host)
        : service.isHeadless && service.selector !== undefined
          ? podsOf(mesh, service.namespace, service.selector)
          : []
    return pods.flatMap(pod => {
      const { waypoint } = findWorkloadWaypoint(mesh.ambient, pod)
      return waypoint === undefined ? [] : [[waypoint, `pod ${pod.namespace}/${pod.name}`] as const]
    })
  })
  return found.map(
    ([{ namespace, name }, called]) => `waypoint ${namespace}/${name}: its routes and policies for ${called}`,
  )
}

const podsOf = (
  mesh: Mesh,
  namespace: string,
  selector: Readonly<Record<string, string>>,
): readonly MeshPod[] =>
  (mesh.podsByNamespace.get(namespace) ?? []).filter(pod => selects(selector, pod.labels))
