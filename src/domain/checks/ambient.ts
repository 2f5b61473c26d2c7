import { dataPlaneByLabels, dataPlaneOfPod } from '../routing/ambient/data-plane.ts'
import { selects } from '../istio/named-object.ts'
import { isInMesh } from '../routing/endpoint/workloads-behind.ts'
import type { Check, Finding } from './check.ts'
import { httpFields } from './authorization.ts'

/**
 * MWB0156: in ambient mode a policy with a selector is ztunnel's, which reads no requests: rules with HTTP conditions are
 * left out, so that an ALLOW admits nobody by them and a DENY denies everything.
 * Source: https://istio.io/latest/docs/ambient/usage/l4-policy/
 */
export const httpRulesAtZtunnel: Check = ({ mesh }) => {
  if (!mesh.ambient.isUsed) return []
  return mesh.authorizationPolicies.flatMap(policy => {
    if (policy.targets.length > 0) return []
    const { namespace, selector } = policy
    const selected = (mesh.podsByNamespace.get(namespace) ?? []).filter(pod => selects(selector, pod.labels))
    // A pod with a sidecar, a gateway or one that opts out has a proxy of its own, or none.
    const isZtunnels =
      selected.length === 0
        ? dataPlaneByLabels(mesh.ambient, namespace, selector) === 'ambient'
        : selected.some(pod => dataPlaneOfPod(mesh.ambient, pod, isInMesh(pod)) === 'ambient')
    if (!isZtunnels) return []
    return policy.rules.flatMap((rule, index): readonly Finding[] => {
      const fields = httpFields(rule)
      return fields.length === 0
        ? []
        : [
            {
              code: 'MWB0156',
              severity: 'error',
              object: policy.object,
              path: `spec.rules[${String(index)}]`,
              message: `ztunnel enforces this policy and sees no ${fields.join(', ')}: the rule ${policy.action === 'ALLOW' ? 'admits nobody' : 'is for every connection'}. Attach the policy to a waypoint with targetRefs`,
            },
          ]
    })
  })
}
