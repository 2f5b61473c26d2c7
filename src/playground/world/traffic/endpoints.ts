import { memoize, memoizeByKey } from '../../../domain/istio/memoize.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { MeshPod } from '../../../domain/istio/pod.ts'
import { portOf, type MeshService } from '../../../domain/istio/service.ts'
import { servicesKnownTo } from '../../../domain/istio/visibility.ts'
import type { Caller } from '../../../domain/routing/request.ts'
import { workloadsBehind } from '../../../domain/routing/endpoint/workloads-behind.ts'
import type { Target } from './upstream.ts'

/** Where a destination's requests can go; without a pod it is outside the cluster, where everything answers. */
export interface Endpoint {
  readonly key: string
  readonly pod?: MeshPod
  readonly port?: number
}

const podsByAddress = memoize(
  (mesh: Mesh) => new Map(mesh.pods.flatMap(pod => (pod.ip === undefined ? [] : [[pod.ip, pod] as const]))),
)

/** The endpoints that are ready: pods, the machines of WorkloadEntries, and what ServiceEntries and EndpointSlices name. */
export const endpointsOf = (mesh: Mesh, from: Caller, target: Target): readonly Endpoint[] =>
  find(mesh, from, target)

const find = memoizeByKey(
  ({ namespace, labels, hasProxy }: Caller, { host, port, subset }: Target) =>
    JSON.stringify([namespace, hasProxy, labels, host, port, subset]),
  (mesh: Mesh, from: Caller, target: Target): readonly Endpoint[] => {
    const service = servicesKnownTo(mesh, from).get(target.host)
    if (service === undefined) return []
    const machines = new Set(mesh.workloadEntries.map(({ ip }) => ip))
    const inside = workloadsBehind(mesh, from, target).flatMap(({ ip, port }): Endpoint[] => {
      const pod = ip === undefined ? undefined : podsByAddress(mesh).get(ip)
      const own = port === undefined ? {} : { port }
      if (pod !== undefined) return pod.isReady ? [{ key: `${pod.namespace}/${pod.name}`, pod, ...own }] : []
      return ip !== undefined && machines.has(ip) ? [{ key: ip, ...own }] : []
    })
    if (service.selector !== undefined && Object.keys(service.selector).length > 0) return inside
    return service.kind === 'Service'
      ? [...inside, ...listedOutside(mesh, service)]
      : namedEndpoints(mesh, from, service, target)
  },
)

/** Addresses of EndpointSlices that are no pods. */
const listedOutside = (mesh: Mesh, { namespace, name }: MeshService): readonly Endpoint[] =>
  mesh.endpoints
    .filter(item => item.namespace === namespace && item.service === name)
    .flatMap(({ addresses }) => addresses)
    .filter(address => !podsByAddress(mesh).has(address))
    .map(key => ({ key }))

/**
 * The endpoints of a ServiceEntry: addresses that may be those of pods, and names that DNS resolves, which may be those
 * of the cluster. Source: https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-Resolution
 */
function namedEndpoints(
  mesh: Mesh,
  from: Caller,
  { endpoints, resolution, host, ports }: MeshService,
  target: Target,
): readonly Endpoint[] {
  if (endpoints.length === 0) return resolution === 'STATIC' ? [] : [{ key: host }]
  const declared = ports.find(({ number }) => number === target.port)?.targetPort
  const port = typeof declared === 'number' ? declared : target.port
  return endpoints.flatMap(address => {
    const pod = podsByAddress(mesh).get(address)
    if (pod !== undefined) return pod.isReady ? [{ key: `${pod.namespace}/${pod.name}`, pod, port }] : []
    const service = mesh.registry.get(address)
    return service?.kind === 'Service' && portOf(service, port) !== undefined
      ? find(mesh, from, { host: service.host, port, cluster: target.cluster })
      : [{ key: address }]
  })
}
