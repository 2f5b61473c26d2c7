import type { DataPlane } from '../ambient/data-plane.ts'
import { dataPlaneByLabels, dataPlaneOfPod } from '../ambient/data-plane.ts'
import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { MeshPod } from '../../istio/pod.ts'
import type { MeshService } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import { servicesKnownTo } from '../../istio/visibility.ts'
import type { Destination } from '../decision.ts'
import type { Caller } from '../request.ts'

/** The workload that a destination's requests arrive at. */
export interface DestinationWorkload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly hasProxy: boolean
  /** Whether the node's ztunnel speaks for it. */
  readonly isAmbient?: true
  /** The port that it listens on; absent where only its pods would tell. */
  readonly port?: number
  readonly ip?: string
}

/**
 * The workloads behind a destination: its pods; else what the objects say that makes them; else one with the labels
 * that the Service and the subset ask for. None for hosts outside the mesh.
 */
export function workloadsBehind(
  mesh: Mesh,
  caller: Caller,
  { host, port, subset }: Pick<Destination, 'host' | 'port' | 'subset'>,
): readonly DestinationWorkload[] {
  const service = servicesKnownTo(mesh, caller).get(host)
  if (service === undefined) return []
  if (service.selector === undefined || Object.keys(service.selector).length === 0)
    return workloadsByEndpoints(mesh, service, port)
  const version =
    subset === undefined
      ? undefined
      : destinationRulesFor(mesh, host, caller.namespace, caller.labels).subsets.get(subset)?.subset.labels
  const wanted = { ...service.selector, ...version }
  const own = portOf(service, port)
  const target = own?.targetPort
  const candidates = (pods: readonly MeshPod[]): readonly MeshPod[] =>
    pods.filter(pod => pod.namespace === service.namespace && selects(wanted, pod.labels))
  const pods = candidates([...(mesh.podsByNamespace.get(service.namespace) ?? []), ...mesh.workloadEntries])
  const ready = pods.filter(pod => pod.isReady)
  const known = [ready, pods, candidates(mesh.templates)].find(list => list.length > 0)
  if (known === undefined && service.isExternal) return []
  if (known === undefined)
    return [
      {
        namespace: service.namespace,
        labels: wanted,
        ...speaker(
          mesh.ambient.isUsed ? dataPlaneByLabels(mesh.ambient, service.namespace, wanted) : 'sidecar',
        ),
        ...(typeof target === 'number' ? { port: target } : {}),
      },
    ]
  return known.map(pod => {
    const named = (name: string | undefined): number | undefined =>
      pod.containerPorts.find(item => item.name === name)?.number
    const number =
      pod.kind === 'WorkloadEntry'
        ? (named(own?.name) ?? (typeof target === 'number' ? target : undefined))
        : typeof target === 'string'
          ? named(target)
          : target
    return {
      namespace: pod.namespace,
      labels: pod.labels,
      ...speaker(dataPlaneOfPod(mesh.ambient, pod, isInMesh(pod))),
      ...(number === undefined ? {} : { port: number }),
      ...(pod.ip === undefined ? {} : { ip: pod.ip }),
    }
  })
}

/** The pods that the endpoints of a Service without a selector are; other endpoints are outside the mesh. */
function workloadsByEndpoints(
  mesh: Mesh,
  service: MeshService,
  port: number,
): readonly DestinationWorkload[] {
  if (service.kind !== 'Service') return []
  const name = portOf(service, port)?.name ?? ''
  return mesh.endpoints
    .filter(item => item.namespace === service.namespace && item.service === service.name)
    .flatMap(({ namespace, addresses, pods, ports }) => {
      const number = ports.find(item => item.name === name)?.number ?? ports[0]?.number
      return mesh.pods
        .filter(
          pod =>
            (pod.namespace === namespace && pods.includes(pod.name)) ||
            (pod.ip !== undefined && addresses.includes(pod.ip)),
        )
        .map(pod => ({
          namespace: pod.namespace,
          labels: pod.labels,
          ...speaker(dataPlaneOfPod(mesh.ambient, pod, isInMesh(pod))),
          ...(number === undefined ? {} : { port: number }),
          ...(pod.ip === undefined ? {} : { ip: pod.ip }),
        }))
    })
}

const speaker = (plane: DataPlane): Pick<DestinationWorkload, 'hasProxy' | 'isAmbient'> => ({
  hasProxy: plane !== 'none',
  ...(plane === 'ambient' ? { isAmbient: true } : {}),
})

/**
 * Whether a proxy speaks for a pod. A pod of a file has none yet: the API server puts it in when it is made, unless
 * the pod refuses.
 */
export const isInMesh = (pod: MeshPod): boolean =>
  pod.hasProxy || (pod.object.metadata.uid === undefined && !pod.refusesProxy)

/** The pods, or what makes them, of a caller; those of its service account where that is given. */
export function podsOfCaller(mesh: Mesh, { namespace, labels, serviceAccount }: Caller): readonly MeshPod[] {
  if (Object.keys(labels).length === 0) return []
  return (
    [mesh.pods, mesh.templates]
      .map(list =>
        list.filter(
          pod =>
            pod.namespace === namespace &&
            selects(labels, pod.labels) &&
            (serviceAccount === undefined || pod.serviceAccount === serviceAccount),
        ),
      )
      .find(list => list.length > 0) ?? []
  )
}
