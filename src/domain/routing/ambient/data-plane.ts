import type { MeshPod } from '../../istio/pod.ts'
import { fieldsOf } from '../../istio/fields/read-fields.ts'
import type { AmbientWorld } from './ambient-world.ts'
import { DATAPLANE_MODE, REDIRECTION } from './ambient-world.ts'

type Labels = Readonly<Record<string, string>>

/** Who speaks for a workload: a proxy beside it, the node's ztunnel, or nobody. */
export type DataPlane = 'sidecar' | 'ambient' | 'none'

/**
 * What the labels of a pod and its namespace ask for. A sidecar comes before ztunnel, and a pod's own label before its
 * namespace's.
 * Source: `PodRedirectionEnabled` in istio's cni/pkg/util/podutil.go, and
 * https://istio.io/latest/docs/ambient/usage/add-workloads/#workload-behavior
 */
export function dataPlaneByLabels(
  { namespaces }: AmbientWorld,
  namespace: string,
  labels: Labels,
): DataPlane {
  const own = namespaces.get(namespace) ?? {}
  const mode = labels[DATAPLANE_MODE] ?? own[DATAPLANE_MODE]
  if (isInjected(own, labels, mode === 'ambient')) return 'sidecar'
  return mode === 'ambient' ? 'ambient' : 'none'
}

/** Source: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy */
function isInjected(namespace: Labels, labels: Labels, isAmbient: boolean): boolean {
  const wish = labels['sidecar.istio.io/inject']
  if (wish !== undefined) return wish === 'true'
  if (namespace['istio-injection'] !== undefined) return namespace['istio-injection'] === 'enabled'
  const revision = labels['istio.io/rev'] ?? namespace['istio.io/rev']
  // A revision label on an ambient namespace is that of its waypoints.
  return revision !== undefined && !isAmbient
}

/** The data plane of a pod; `isInMesh` is what counts where nothing is in ambient mode. */
export function dataPlaneOfPod(world: AmbientWorld, pod: MeshPod, isInMesh: boolean): DataPlane {
  const usual = isInMesh ? 'sidecar' : 'none'
  if (!world.isUsed || pod.hasProxy) return usual
  const { annotations } = pod.object.metadata
  if (annotations?.[REDIRECTION] === 'enabled') return 'ambient'
  const asked = dataPlaneByLabels(world, pod.namespace, pod.labels)
  if (asked !== 'ambient') return asked === 'sidecar' ? usual : 'none'
  return fieldsOf(pod.object.spec)['hostNetwork'] === true ? 'none' : 'ambient'
}
