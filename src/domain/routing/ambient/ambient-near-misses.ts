import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { visibleServices } from '../../istio/visibility.ts'
import { identify } from '../endpoint/caller-identity.ts'
import { hostCovers } from '../../istio/host-name.ts'
import type { ConsideredRule, Destination } from '../decision.ts'
import type { Caller } from '../request.ts'
import { missOf, titleOf } from '../near-misses/near-miss.ts'
import type { DataPlane } from './data-plane.ts'
import { findServiceWaypoint, USE_WAYPOINT } from './find-waypoint.ts'

/**
 * What would be asked for a Service's requests if they passed a waypoint: the waypoint that its label names, the policies
 * attached to it, and routes. `plane` is the caller's; `passes` whether the requests pass one.
 */
export function ambientNearMisses(
  mesh: Mesh,
  service: MeshService,
  plane: DataPlane,
  passes: boolean,
): readonly ConsideredRule[] {
  if (passes) return []
  const { waypoint, problem } = findServiceWaypoint(mesh.ambient, service)
  const label = `metadata.labels["${USE_WAYPOINT}"]`
  const misses: ConsideredRule[] = []
  if (problem !== undefined)
    misses.push(
      problem.labelOf === 'object'
        ? missOf(service, label, `its requests pass no waypoint: ${problem.reason}`)
        : missOf(service, label, `its requests pass no waypoint: ${problem.reason}`, {
            kind: 'Namespace',
            namespace: '',
            name: service.namespace,
          }),
    )
  else if (waypoint !== undefined)
    misses.push(
      missOf(
        waypoint,
        'spec.listeners',
        plane === 'none'
          ? 'the caller is not in the mesh, and its requests go round the waypoint'
          : 'callers with a sidecar go round the waypoint',
      ),
    )
  const cause =
    waypoint === undefined ? 'the Service has no waypoint' : 'the request does not pass the waypoint'
  for (const policy of [...mesh.authorizationPolicies, ...mesh.requestAuthentications])
    if (
      policy.targets.some(
        ({ kind, name }) =>
          policy.namespace === service.namespace && kind === 'Service' && name === service.name,
      )
    )
      misses.push(missOf(policy, 'spec.targetRefs', `it is attached to ${titleOf(service)}, and ${cause}`))
  if (plane === 'ambient')
    for (const item of mesh.virtualServices)
      if (item.gateways.includes('mesh') && item.hosts.some(host => hostCovers(host, service.host))) {
        const [rule] = item.http
        misses.push(missOf(rule?.source ?? item, 'spec', `ztunnel asks no routes, and ${cause}`))
      }
  return misses
}

/** The near misses of a workload's request for the Services that it reaches; none where nothing is in ambient mode. */
export function explainAmbient(
  mesh: Mesh,
  from: Caller,
  destinations: readonly Destination[],
): readonly ConsideredRule[] {
  if (!mesh.ambient.isUsed || from.kind === 'gateway') return []
  const services = visibleServices(mesh, from.namespace)
  const { dataPlane } = identify(mesh, from)
  return destinations.flatMap(({ host, cluster }) => {
    const service = services.get(host)
    return service === undefined
      ? []
      : ambientNearMisses(mesh, service, dataPlane, cluster.startsWith('inbound-vip|'))
  })
}
