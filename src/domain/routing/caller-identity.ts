import type { Mesh } from '../mesh/mesh.ts'
import type { Caller } from './request.ts'
import { isInMesh, podsOfCaller } from './workloads-behind.ts'

/** Who a caller is to the proxies that it calls. */
export interface CallerIdentity {
  /** Whether a proxy speaks for it; taken for granted where no pod says otherwise. */
  readonly hasProxy: boolean
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
  return {
    hasProxy: caller.hasProxy ?? (caller.kind === 'gateway' || pods.length === 0 || pods.some(isInMesh)),
    principal: `${mesh.trustDomain}/ns/${caller.namespace}/sa/${serviceAccount ?? usualAccount(caller)}`,
    isAssumed: serviceAccount === undefined,
    ...(ip === undefined ? {} : { ip }),
  }
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
