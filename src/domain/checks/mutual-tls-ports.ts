import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { Check, Finding } from './check.ts'
import { targetsOf } from './authorization.ts'

/** MWB0114: `portLevelMtls` names ports of the workload; those of the Service that the workload does not have count for nothing. */
export const mutualTlsPorts: Check = ({ mesh }) =>
  mesh.peerAuthentications.flatMap(policy => {
    if (policy.portModes.size === 0) return []
    const services = mesh.services.filter(
      ({ namespace, selector }) =>
        (namespace === policy.namespace || policy.namespace === mesh.rootNamespace) &&
        selector !== undefined &&
        Object.keys(selector).length > 0 &&
        selects(policy.selector, selector),
    )
    const known = new Set(
      services.flatMap(service => service.ports.flatMap(port => targetsOf(mesh, service, port))),
    )
    return [...policy.portModes.keys()].flatMap((number): readonly Finding[] => {
      const text = String(number)
      const service = services.find(({ ports }) => ports.some(port => port.number === number))
      const port = service?.ports.find(item => item.number === number)
      if (
        service === undefined ||
        port === undefined ||
        known.has(text) ||
        isContainerPort(mesh, policy, number)
      )
        return []
      const [target] = targetsOf(mesh, service, port)
      return [
        {
          code: 'MWB0114',
          severity: 'warning',
          object: policy.object,
          path: `spec.portLevelMtls["${text}"]`,
          message: `Ports here are those of the workload: port ${text} of Service ${service.namespace}/${service.name} leads to ${target ?? String(port.targetPort)}, so that ${text} counts for nothing`,
          related: { kind: 'Service', namespace: service.namespace, name: service.name },
        },
      ]
    })
  })

const isContainerPort = (
  mesh: Mesh,
  { namespace, selector }: Mesh['peerAuthentications'][number],
  number: number,
): boolean =>
  [...(mesh.podsByNamespace.get(namespace) ?? []), ...mesh.templates].some(
    pod =>
      pod.namespace === namespace &&
      selects(selector, pod.labels) &&
      pod.containerPorts.some(port => port.number === number),
  )
