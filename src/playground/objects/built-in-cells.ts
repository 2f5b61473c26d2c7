import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { ageText } from './age.ts'
import { isObject, listOf, numberOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { podCells } from './pod-cells.ts'
import { labelsText, selectorText } from './selector-text.ts'
import {
  count,
  cronJob,
  daemonSet,
  hasCondition,
  job,
  readyOf,
  replicas,
  templateCells,
  type Cells,
  type Print,
} from './workload-cells.ts'

// Source: pkg/printers/internalversion/printers.go of Kubernetes 1.36.

const none = '<none>'

function externalAddress(object: KubernetesObject): string {
  const type = textOf(valueAt(object.spec, 'type'))
  const own = listOf(valueAt(object.spec, 'externalIPs')).map(textOf)
  if (type === 'ExternalName') return textOf(valueAt(object.spec, 'externalName'))
  const given = listOf(valueAt(object.status, 'loadBalancer', 'ingress')).map(
    ingress => textOf(valueAt(ingress, 'ip')) || textOf(valueAt(ingress, 'hostname')),
  )
  if (type === 'LoadBalancer') return [...given, ...own].join(',') || '<pending>'
  return own.join(',') || none
}

const service: Print = object => ({
  Type: textOf(valueAt(object.spec, 'type')),
  'Cluster-IP': textOf(valueAt(object.spec, 'clusterIP')) || none,
  'External-IP': externalAddress(object),
  'Port(s)':
    listOf(valueAt(object.spec, 'ports'))
      .map(port => {
        const nodePort = numberOf(valueAt(port, 'nodePort'))
        const node = nodePort > 0 ? `:${String(nodePort)}` : ''
        return `${String(numberOf(valueAt(port, 'port')))}${node}/${textOf(valueAt(port, 'protocol'))}`
      })
      .join(',') || none,
  Selector: labelsText(valueAt(object.spec, 'selector')),
})

/** At most three, then how many more. */
function firstThree(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty
  const rest = items.length - 3
  return items.slice(0, 3).join(',') + (rest > 0 ? ` + ${String(rest)} more...` : '')
}

const endpointSlice: Print = object => {
  const numbers = listOf(object['ports']).map(port => text(valueAt(port, 'port'), '*'))
  const addresses = listOf(object['endpoints']).flatMap(endpoint =>
    listOf(valueAt(endpoint, 'addresses')).map(textOf),
  )
  return {
    AddressType: textOf(object['addressType']),
    Ports: firstThree(numbers, '<unset>'),
    Endpoints: firstThree(addresses, '<unset>'),
  }
}

const endpoints: Print = object => ({
  Endpoints: firstThree(
    listOf(object['subsets']).flatMap(subset => {
      const ports = listOf(valueAt(subset, 'ports'))
      return listOf(valueAt(subset, 'addresses')).flatMap(address => {
        const ip = textOf(valueAt(address, 'ip'))
        return ports.length === 0
          ? [ip]
          : ports.map(port => `${ip}:${String(numberOf(valueAt(port, 'port')))}`)
      })
    }),
    none,
  ),
})

const node: Print = object => {
  const labels = objectOf(object.metadata.labels)
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.entries(labels).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : key === 'kubernetes.io/role' ? [textOf(value)] : [],
  )
  const ready = listOf(valueAt(object.status, 'conditions')).find(item => valueAt(item, 'type') === 'Ready')
  const address = (type: string): string =>
    textOf(
      valueAt(
        listOf(valueAt(object.status, 'addresses')).find(item => valueAt(item, 'type') === type),
        'address',
      ),
    ) || none
  const info = (name: string): string => textOf(valueAt(object.status, 'nodeInfo', name)) || '<unknown>'
  const state = ready === undefined ? 'Unknown' : valueAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady'
  return {
    Status: valueAt(object.spec, 'unschedulable') === true ? `${state},SchedulingDisabled` : state,
    Roles:
      roles
        .filter(role => role !== '')
        .sort()
        .join(',') || none,
    Version: textOf(valueAt(object.status, 'nodeInfo', 'kubeletVersion')),
    'Internal-IP': address('InternalIP'),
    'External-IP': address('ExternalIP'),
    'OS-Image': info('osImage'),
    'Kernel-Version': `${info('kernelVersion')} (${info('architecture')})`,
    'Container-Runtime': info('containerRuntimeVersion'),
  }
}

const event: Print = (object, now) => {
  const regarding = object['involvedObject'] ?? object['regarding']
  const first =
    object['firstTimestamp'] ??
    object['deprecatedFirstTimestamp'] ??
    object['eventTime'] ??
    object.metadata.creationTimestamp
  const last =
    valueAt(object['series'], 'lastObservedTime') ??
    object['lastTimestamp'] ??
    object['deprecatedLastTimestamp'] ??
    first
  const source = object['source'] ?? object['deprecatedSource']
  return {
    'Last Seen': ageText(last, now),
    'First Seen': ageText(first, now),
    Type: textOf(object['type']),
    Reason: textOf(object['reason']),
    Object: `${textOf(valueAt(regarding, 'kind')).toLowerCase()}/${textOf(valueAt(regarding, 'name'))}`,
    Subobject: textOf(valueAt(regarding, 'fieldPath')),
    Source: [
      textOf(valueAt(source, 'component')) ||
        textOf(object['reportingComponent'] ?? object['reportingController']),
      textOf(valueAt(source, 'host')) || textOf(object['reportingInstance']),
    ]
      .filter(text => text !== '')
      .join(', '),
    Message: textOf(object['message'] ?? object['note']).trim(),
    Count: numberOf(valueAt(object['series'], 'count') ?? object['count'] ?? object['deprecatedCount']) || 1,
  }
}

const binding: Print = object => {
  const subjects = listOf(object['subjects'])
  const named = (kind: string): string =>
    subjects
      .filter(subject => valueAt(subject, 'kind') === kind)
      .map(subject => {
        const namespace = textOf(valueAt(subject, 'namespace'))
        return (namespace === '' ? '' : `${namespace}/`) + textOf(valueAt(subject, 'name'))
      })
      .join(', ')
  return {
    Role: `${textOf(valueAt(object['roleRef'], 'kind'))}/${textOf(valueAt(object['roleRef'], 'name'))}`,
    Users: named('User'),
    Groups: named('Group'),
    ServiceAccounts: named('ServiceAccount'),
  }
}

const ingress: Print = object => {
  const rules = listOf(valueAt(object.spec, 'rules'))
  const hosts = rules.map(rule => textOf(valueAt(rule, 'host'))).filter(host => host !== '')
  return {
    Class: textOf(valueAt(object.spec, 'ingressClassName')) || none,
    Hosts: rules.length === 0 || hosts.length === 0 ? '*' : firstThree(hosts, '*'),
    Address: listOf(valueAt(object.status, 'loadBalancer', 'ingress'))
      .map(item => textOf(valueAt(item, 'ip')) || textOf(valueAt(item, 'hostname')))
      .join(','),
    Ports: listOf(valueAt(object.spec, 'tls')).length > 0 ? '80, 443' : '80',
  }
}

const size = (value: unknown): number => Object.keys(objectOf(value)).length

const text = (value: unknown, otherwise = ''): string =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : textOf(value) || otherwise

const autoscaler: Print = object => {
  const target = valueAt(object.spec, 'scaleTargetRef')
  return {
    Reference: `${textOf(valueAt(target, 'kind'))}/${textOf(valueAt(target, 'name'))}`,
    Targets: listOf(valueAt(object.spec, 'metrics')).length === 0 ? none : '<unknown>',
    MinPods: text(valueAt(object.spec, 'minReplicas'), '<unset>'),
    MaxPods: numberOf(valueAt(object.spec, 'maxReplicas')),
    Replicas: count(object, 'currentReplicas'),
  }
}

const webhooks: Print = object => ({ Webhooks: listOf(object['webhooks']).length })

const claim: Print = object => ({
  Status:
    object.metadata.deletionTimestamp === undefined ? textOf(valueAt(object.status, 'phase')) : 'Terminating',
  Volume: textOf(valueAt(object.spec, 'volumeName')),
  Capacity: textOf(valueAt(object.status, 'capacity', 'storage')),
  'Access Modes': listOf(valueAt(object.status, 'accessModes')).map(textOf).join(','),
  StorageClass: textOf(valueAt(object.spec, 'storageClassName')),
  VolumeAttributesClass: textOf(valueAt(object.spec, 'volumeAttributesClassName')) || '<unset>',
  VolumeMode: textOf(valueAt(object.spec, 'volumeMode')) || '<unset>',
})

const prints: Readonly<Record<string, Print>> = {
  '/Pod': podCells,
  '/Service': service,
  '/Endpoints': endpoints,
  '/Node': node,
  '/Event': event,
  'events.k8s.io/Event': event,
  '/Namespace': object => ({ Status: textOf(valueAt(object.status, 'phase')) }),
  '/ConfigMap': object => ({ Data: size(object['data']) + size(object['binaryData']) }),
  '/Secret': object => ({ Type: textOf(object['type']), Data: size(object['data']) }),
  '/ReplicationController': object => ({
    ...replicas(object, new Date(0)),
    Selector: labelsText(valueAt(object.spec, 'selector')),
  }),
  '/PersistentVolumeClaim': claim,
  'apps/Deployment': object => ({
    Ready: readyOf(object),
    'Up-to-date': count(object, 'updatedReplicas'),
    Available: count(object, 'availableReplicas'),
    ...templateCells(object),
  }),
  'apps/ReplicaSet': replicas,
  'apps/StatefulSet': object => ({ Ready: readyOf(object), ...templateCells(object) }),
  'apps/DaemonSet': daemonSet,
  'apps/ControllerRevision': object => ({
    Controller: listOf(object.metadata.ownerReferences)
      .filter(owner => valueAt(owner, 'controller') === true)
      .map(owner => `${textOf(valueAt(owner, 'kind')).toLowerCase()}.apps/${textOf(valueAt(owner, 'name'))}`)
      .join(','),
    Revision: text(object['revision']),
  }),
  'batch/Job': job,
  'batch/CronJob': cronJob,
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/IngressClass': object => ({
    Controller: textOf(valueAt(object.spec, 'controller')),
    Parameters: textOf(valueAt(object.spec, 'parameters', 'name')) || none,
  }),
  'networking.k8s.io/NetworkPolicy': object => ({
    'Pod-Selector': selectorText(valueAt(object.spec, 'podSelector')),
  }),
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'policy/PodDisruptionBudget': object => ({
    'Min Available': text(valueAt(object.spec, 'minAvailable'), 'N/A'),
    'Max Unavailable': text(valueAt(object.spec, 'maxUnavailable'), 'N/A'),
    'Allowed Disruptions': count(object, 'disruptionsAllowed'),
  }),
  'coordination.k8s.io/Lease': object => ({ Holder: textOf(valueAt(object.spec, 'holderIdentity')) }),
  'storage.k8s.io/StorageClass': object => ({
    Provisioner: textOf(object['provisioner']),
    ReclaimPolicy: textOf(object['reclaimPolicy']) || 'Delete',
    VolumeBindingMode: textOf(object['volumeBindingMode']) || '<unset>',
    AllowVolumeExpansion: text(object['allowVolumeExpansion'] === true),
  }),
  'scheduling.k8s.io/PriorityClass': object => ({
    Value: numberOf(object['value']),
    'Global-Default': object['globalDefault'] === true,
    PreemptionPolicy: textOf(object['preemptionPolicy']) || 'PreemptLowerPriority',
  }),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'apiregistration.k8s.io/APIService': object => {
    const target = valueAt(object.spec, 'service')
    return {
      Service: isObject(target) ? `${textOf(target['namespace'])}/${textOf(target['name'])}` : 'Local',
      Available: hasCondition(object, 'Available') ? 'True' : 'False',
    }
  },
} satisfies Readonly<Record<string, (object: KubernetesObject, now: Date) => JsonObject>>

/** The cells of a built-in kind; those of a kind without a printer of its own are none. */
export const cellsOfBuiltIn = (group: string, kind: string, object: KubernetesObject, now: Date): Cells =>
  prints[`${group}/${kind}`]?.(object, now) ?? {}
