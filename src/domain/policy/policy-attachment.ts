import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import type { PolicyTarget } from '../mesh/security.ts'
import type { Workload } from './mutual-tls.ts'

/** The label of the proxies that Istio makes for a Gateway of the Gateway API. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name'

interface Attachable {
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
  readonly targets: readonly PolicyTarget[]
}

/**
 * Whether a policy is for a workload's proxy: one with targets for the proxies of that Gateway alone, else one of its
 * namespace or of the root namespace whose selector fits.
 * Source: https://istio.io/latest/docs/reference/config/type/workload-selector/#PolicyTargetReference
 */
export function attachesTo(mesh: Mesh, policy: Attachable, workload: Workload): boolean {
  const isNear = policy.namespace === workload.namespace
  if (policy.targets.length === 0)
    return (isNear || policy.namespace === mesh.rootNamespace) && selects(policy.selector, workload.labels)
  const gateway = workload.labels[GATEWAY_NAME]
  return (
    gateway !== undefined &&
    isNear &&
    policy.targets.some(
      ({ group, kind, name }) =>
        group === 'gateway.networking.k8s.io' && kind === 'Gateway' && name === gateway,
    )
  )
}
