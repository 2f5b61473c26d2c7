import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { listOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { dnsLabelFault, validateLabels } from './metadata-validation.ts'
import { isPort, portNameFault, portRule } from './pod-validation.ts'
import { duplicate, invalidValue, notSupported, required } from './schema-validation.ts'
import type { StatusCause } from './status-error.ts'

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

/** What is wrong with a Service; source: ValidateService in pkg/apis/core/validation of Kubernetes 1.36. */
export function validateService(
  object: JsonObject,
  previous: KubernetesObject | undefined,
): readonly StatusCause[] {
  const spec = objectOf(object['spec'])
  const ports = listOf(spec['ports'])
  const type = textOf(spec['type'])
  const isHeadless = spec['clusterIP'] === 'None'
  const names = ports.map(port => textOf(valueAt(port, 'name')))
  const numbers = ports.map(port => `${String(valueAt(port, 'port'))}/${textOf(valueAt(port, 'protocol'))}`)
  const before = textOf(valueAt(previous?.spec, 'clusterIP'))
  return [
    ...(ports.length === 0 && !isHeadless && type !== 'ExternalName' ? [required('spec.ports')] : []),
    ...(type === 'ExternalName' && textOf(spec['externalName']) === ''
      ? [required('spec.externalName')]
      : []),
    ...ports.flatMap((port, index) => [
      ...validatePort(objectOf(port), `spec.ports[${String(index)}]`, ports.length > 1),
      ...(names[index] !== '' && names.indexOf(names[index] ?? '') < index
        ? [duplicate(`spec.ports[${String(index)}].name`, names[index])]
        : []),
      ...(numbers.indexOf(numbers[index] ?? '') < index
        ? [
            duplicate(`spec.ports[${String(index)}]`, {
              port: valueAt(port, 'port'),
              protocol: valueAt(port, 'protocol'),
            }),
          ]
        : []),
    ]),
    ...validateLabels(spec['selector'], 'spec.selector'),
    ...(types.includes(type) ? [] : [notSupported('spec.type', type, types)]),
    ...(before !== '' && type !== 'ExternalName' && spec['clusterIP'] !== before
      ? ['spec.clusterIPs[0]'].map(field =>
          invalidValue(field, listOf(spec['clusterIPs']), 'may not change once set'),
        )
      : []),
  ]
}

function validatePort(port: JsonObject, field: string, isNameRequired: boolean): readonly StatusCause[] {
  const name = textOf(port['name'])
  const fault = name === '' ? undefined : dnsLabelFault(name)
  const target = port['targetPort']
  const targetFault =
    typeof target === 'string' ? portNameFault(target) : isPort(target) ? undefined : portRule
  const protocol = textOf(port['protocol'])
  return [
    ...(name === '' && isNameRequired ? [required(`${field}.name`)] : []),
    ...(fault === undefined ? [] : [invalidValue(`${field}.name`, name, fault)]),
    ...(isPort(port['port']) ? [] : [invalidValue(`${field}.port`, port['port'] ?? 0, portRule)]),
    ...(['TCP', 'UDP', 'SCTP'].includes(protocol)
      ? []
      : [notSupported(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])]),
    ...(targetFault === undefined ? [] : [invalidValue(`${field}.targetPort`, target ?? 0, targetFault)]),
  ]
}
