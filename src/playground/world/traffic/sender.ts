import type { DataPlane } from '../../../domain/routing/ambient/data-plane.ts'
import { dataPlaneOfPod } from '../../../domain/routing/ambient/data-plane.ts'
import { memoize } from '../../../domain/istio/memoize.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { CallerIdentity } from '../../../domain/routing/endpoint/caller-identity.ts'
import type { Caller } from '../../../domain/routing/request.ts'
import type { Instance } from './instance.ts'

/** Who sends a request on: a pod, and who it is to the rules and to the proxies that it calls. */
export interface Sender {
  readonly instance: Instance
  readonly from: Caller
  readonly identity: CallerIdentity
}

const podsByName = memoize(
  (mesh: Mesh) => new Map(mesh.pods.map(pod => [`${pod.namespace}/${pod.name}`, pod] as const)),
)

/** Whose proxy speaks for a running pod. */
export function dataPlaneOf(mesh: Mesh, { namespace, name, proxyMode }: Instance): DataPlane {
  const pod = podsByName(mesh).get(`${namespace}/${name}`)
  const hasProxy = proxyMode !== undefined && proxyMode !== 'ztunnel'
  return pod === undefined || hasProxy
    ? hasProxy
      ? 'sidecar'
      : 'none'
    : dataPlaneOfPod(mesh.ambient, pod, false)
}

export function describeSender(mesh: Mesh, instance: Instance): Sender {
  const { namespace, labels, serviceAccount, ip } = instance
  const dataPlane = dataPlaneOf(mesh, instance)
  return {
    instance,
    from:
      instance.proxyMode === 'gateway'
        ? { kind: 'gateway', namespace, labels }
        : {
            kind: 'workload',
            namespace,
            labels,
            serviceAccount,
            ...(dataPlane === 'none' ? { hasProxy: false } : {}),
          },
    identity: {
      hasProxy: dataPlane !== 'none',
      dataPlane,
      principal: `${mesh.trustDomain}/ns/${namespace}/sa/${serviceAccount}`,
      isAssumed: false,
      ip,
    },
  }
}
