import { fitsLabelSelector } from '../../kubernetes/label-selector.ts'
import type { MeshService } from '../../istio/service.ts'
import type { AmbientWorld, Waypoint } from './ambient-world.ts'

type Labels = Readonly<Record<string, string>>

export const USE_WAYPOINT = 'istio.io/use-waypoint'
export const USE_WAYPOINT_NAMESPACE = 'istio.io/use-waypoint-namespace'
const MANAGED = 'gateway.istio.io/managed'

/** The waypoint that something asks for by its labels, or why it has none of it. */
export interface FoundWaypoint {
  readonly waypoint?: Waypoint
  readonly problem?: WaypointProblem
}

export interface WaypointProblem {
  readonly code: 'not-found' | 'not-ready' | 'not-allowed' | 'wrong-traffic'
  /** Where the label is: the object's own, or its namespace's. */
  readonly labelOf: 'object' | 'namespace'
  /** `namespace/name` of the Gateway. */
  readonly waypoint: string
  readonly reason: string
}

/**
 * The waypoint that gets the requests for a Service: its own label counts, else its namespace's; `none` is no waypoint.
 * Follows `fetchWaypointForService` in istio's pilot/pkg/serviceregistry/kube/controller/ambient/waypoints.go.
 */
export function findServiceWaypoint(world: AmbientWorld, service: MeshService): FoundWaypoint {
  const labels = service.object.metadata.labels ?? {}
  // The Service of a waypoint has none itself; a headless Service is called by the addresses of its pods.
  if (labels[MANAGED] === 'istio.io-mesh-controller' || service.isHeadless) return {}
  return findWaypoint(world, service.namespace, labels, 'service')
}

/** The waypoint that gets the requests for the address of a pod. */
export const findWorkloadWaypoint = (
  world: AmbientWorld,
  { namespace, labels }: { readonly namespace: string; readonly labels: Labels },
): FoundWaypoint => findWaypoint(world, namespace, labels, 'workload')

function findWaypoint(
  world: AmbientWorld,
  namespace: string,
  labels: Labels,
  traffic: 'service' | 'workload',
): FoundWaypoint {
  const ofNamespace = world.namespaces.get(namespace) ?? {}
  const isOwn = labels[USE_WAYPOINT] !== undefined
  const source = isOwn ? labels : ofNamespace
  const name = source[USE_WAYPOINT]
  if (name === undefined || name === 'none') return {}
  const key = `${source[USE_WAYPOINT_NAMESPACE] ?? namespace}/${name}`
  const waypoint = world.waypoints.get(key)
  const fail = (code: WaypointProblem['code'], reason: string): FoundWaypoint => ({
    problem: { code, labelOf: isOwn ? 'object' : 'namespace', waypoint: key, reason },
  })
  if (waypoint === undefined) return fail('not-found', `there is no waypoint ${key}`)
  if (!waypoint.isReady) return fail('not-ready', `waypoint ${key} has no address yet`)
  if (!isAllowed(waypoint, namespace, ofNamespace))
    return fail('not-allowed', `the listener of waypoint ${key} does not allow namespace ${namespace}`)
  if (waypoint.trafficType !== 'all' && waypoint.trafficType !== traffic)
    return fail(
      'wrong-traffic',
      `waypoint ${key} is for ${waypoint.trafficType} traffic (istio.io/waypoint-for), not for ${traffic} traffic`,
    )
  return { waypoint }
}

function isAllowed({ namespace, allowedNamespaces }: Waypoint, from: string, labels: Labels): boolean {
  switch (allowedNamespaces['from']) {
    case 'All':
      return true
    case 'Selector':
      return fitsLabelSelector(allowedNamespaces['selector'], {
        ...labels,
        'kubernetes.io/metadata.name': from,
      })
    default:
      return namespace === from
  }
}
