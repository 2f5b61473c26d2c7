import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { PolicyTarget } from '../../istio/security.ts'
import type { MeshService } from '../../istio/service.ts'
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
  if (workload.waypointFor !== undefined)
    return attachesToWaypoint(mesh, policy, workload, workload.waypointFor)
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

/**
 * A waypoint has no policies by selector: only those with targets, for its Gateway, its class (in the root namespace) or the
 * Service or ServiceEntry that is called. Source: `ShouldAttachPolicy` in istio's pilot/pkg/model/policyattachment.go.
 */
function attachesToWaypoint(
  mesh: Mesh,
  { namespace, targets }: Attachable,
  workload: Workload,
  service: MeshService,
): boolean {
  return targets.some(({ group, kind, name }) => {
    switch (`${group === 'core' ? '' : group}/${kind}`) {
      case '/Service':
      case 'networking.istio.io/ServiceEntry':
        return kind === service.kind && name === service.name && namespace === service.namespace
      case 'gateway.networking.k8s.io/GatewayClass':
        return namespace === mesh.rootNamespace && name === 'istio-waypoint'
      case 'gateway.networking.k8s.io/Gateway':
        return namespace === workload.namespace && name === workload.labels[GATEWAY_NAME]
      default:
        return false
    }
  })
}
