import type { DataPlane } from '../ambient/data-plane.ts'
import { dataPlaneByLabels, dataPlaneOfPod } from '../ambient/data-plane.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshPod } from '../../istio/pod.ts'
import type { Caller } from '../request.ts'
import { isInMesh, podsOfCaller } from './workloads-behind.ts'

/** Who a caller is to the proxies that it calls. */
export interface CallerIdentity {
  /** Whether a proxy speaks for it; taken for granted where no pod says otherwise. */
  readonly hasProxy: boolean
  /** Whose proxy that is; a gateway's counts as a sidecar. */
  readonly dataPlane: DataPlane
  /** `cluster.local/ns/default/sa/frontend` */
  readonly principal: string
  /** That no pod and no one says the service account. */
  readonly isAssumed: boolean
  /** Its address, where its pods have just one. */
  readonly ip?: string
}

/** Source: https://istio.io/latest/docs/concepts/security/#istio-identity */
export function identify(mesh: Mesh, caller: Caller): CallerIdentity {
  const pods = podsOfCaller(mesh, caller)
  const accounts = new Set(pods.map(pod => pod.serviceAccount))
  const [only] = accounts.size === 1 ? accounts : []
  const serviceAccount = caller.serviceAccount ?? only
  const addresses = new Set(pods.flatMap(pod => pod.ip ?? []))
  const [ip] = addresses.size === 1 ? addresses : []
  const dataPlane = findDataPlane(mesh, caller, pods)
  return {
    hasProxy: dataPlane !== 'none',
    dataPlane,
    principal: `${mesh.trustDomain}/ns/${caller.namespace}/sa/${serviceAccount ?? usualAccount(caller)}`,
    isAssumed: serviceAccount === undefined,
    ...(ip === undefined ? {} : { ip }),
  }
}

function findDataPlane({ ambient }: Mesh, caller: Caller, pods: readonly MeshPod[]): DataPlane {
  if (caller.kind === 'gateway') return 'sidecar'
  if (caller.hasProxy === false) return 'none'
  const byLabels = ambient.isUsed ? dataPlaneByLabels(ambient, caller.namespace, caller.labels) : 'sidecar'
  if (caller.hasProxy === true) return byLabels === 'ambient' ? 'ambient' : 'sidecar'
  if (pods.length === 0) return byLabels
  const planes = pods.map(pod => dataPlaneOfPod(ambient, pod, isInMesh(pod)))
  return planes.find(plane => plane !== 'none') ?? 'none'
}

/** Pods that name none run as `default`; the gateways of `istioctl install` and of the Gateway API have one of their own. */
function usualAccount({ labels }: Caller): string {
  const gateway = labels['gateway.networking.k8s.io/gateway-name']
  if (gateway !== undefined) return `${gateway}-istio`
  const istio = labels['istio']
  return istio === 'ingressgateway' || istio === 'egressgateway'
    ? `istio-${istio}-service-account`
    : 'default'
}
