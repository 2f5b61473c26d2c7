import { findServiceWaypoint, USE_WAYPOINT } from '../routing/ambient/find-waypoint.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

/** MWB0157: a label names a waypoint that gets none of the requests, so that its policies and routes do not count. */
export const unusedWaypoints: Check = ({ mesh, objects }) => {
  if (!mesh.ambient.isUsed) return []
  const namespaces = new Map(
    objects.filter(({ kind }) => kind === 'Namespace').map(object => [object.metadata.name, object]),
  )
  const found = new Map<KubernetesObject, Finding>()
  for (const service of mesh.services) {
    const { problem } = findServiceWaypoint(mesh.ambient, service)
    if (problem === undefined) continue
    const object = problem.labelOf === 'object' ? service.object : namespaces.get(service.namespace)
    if (object === undefined || found.has(object)) continue
    found.set(object, {
      code: 'MWB0157',
      severity: 'error',
      object,
      path: `metadata.labels["${USE_WAYPOINT}"]`,
      message: `Requests pass no waypoint: ${problem.reason}`,
    })
  }
  return [...found.values()]
}

const NOT_ATTACHED = 'MWB0158'

/** MWB0158: a policy's target is not there, or passes no waypoint, so that nothing enforces the policy. */
export const unenforcedTargets: Check = ({ mesh, objects }) =>
  [...mesh.authorizationPolicies, ...mesh.requestAuthentications].flatMap(policy =>
    policy.targets.flatMap(({ kind, name }, index): readonly Finding[] => {
      const reason = explainTarget(kind, name, policy.namespace)
      return reason === undefined
        ? []
        : [
            {
              code: NOT_ATTACHED,
              severity: 'error',
              object: policy.object,
              path: `spec.targetRefs[${String(index)}]`,
              message: `Nothing enforces the policy there: ${reason}`,
            },
          ]

      function explainTarget(targetKind: string, target: string, namespace: string): string | undefined {
        if (targetKind === 'Gateway')
          return objects.some(
            object =>
              object.kind === 'Gateway' &&
              object.metadata.name === target &&
              (object.metadata.namespace ?? 'default') === namespace,
          )
            ? undefined
            : `there is no Gateway ${namespace}/${target}`
        if (targetKind === 'GatewayClass')
          return namespace === mesh.rootNamespace
            ? undefined
            : `a GatewayClass is the target of policies in namespace ${mesh.rootNamespace} only`
        if (targetKind !== 'Service') return undefined
        const service = mesh.services.find(item => item.name === target && item.namespace === namespace)
        if (service === undefined) return `there is no Service ${namespace}/${target}`
        return findServiceWaypoint(mesh.ambient, service).waypoint === undefined
          ? `requests for Service ${namespace}/${target} pass no waypoint`
          : undefined
      }
    }),
  )
