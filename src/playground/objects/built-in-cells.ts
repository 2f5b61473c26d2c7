import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { ageText, spanText } from './age.ts'
import { isObject, listOf, numberOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { podCells } from './pod-cells.ts'

// Source: pkg/printers/internalversion/printers.go of Kubernetes 1.36.

/** The values of a row by the names of their columns; Name and Age are the same for all. */
export type Cells = Readonly<Record<string, unknown>>

type Print = (object: KubernetesObject, now: Date) => Cells

const none = '<none>'

const labelsText = (labels: unknown): string =>
  Object.entries(objectOf(labels))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(',') || none

/** Source: metav1.FormatLabelSelector. */
function selectorText(selector: unknown): string {
  if (!isObject(selector)) return none
  const equal = Object.entries(objectOf(selector['matchLabels'])).map(([key, value]) => [
    key,
    `${key}=${textOf(value)}`,
  ])
  const others = listOf(selector['matchExpressions']).map(expression => {
    const key = textOf(valueAt(expression, 'key'))
    const values = listOf(valueAt(expression, 'values')).map(textOf).sort().join(',')
    switch (valueAt(expression, 'operator')) {
      case 'In':
        return [key, `${key} in (${values})`]
      case 'NotIn':
        return [key, `${key} notin (${values})`]
      case 'Exists':
        return [key, key]
      default:
        return [key, `!${key}`]
    }
  })
  return (
    [...equal, ...others]
      .sort(([left = ''], [right = '']) => (left < right ? -1 : 1))
      .map(([, text]) => text)
      .join(',') || none
  )
}

function containerCells(podSpec: unknown): Cells {
  const containers = listOf(valueAt(podSpec, 'containers'))
  return {
    Containers: containers.map(container => textOf(valueAt(container, 'name'))).join(','),
    Images: containers.map(container => textOf(valueAt(container, 'image'))).join(','),
  }
}

const templateCells = (object: KubernetesObject): Cells => ({
  ...containerCells(valueAt(object.spec, 'template', 'spec')),
  Selector: selectorText(valueAt(object.spec, 'selector')),
})

const count = (object: KubernetesObject, name: string): number => numberOf(valueAt(object.status, name))

const readyOf = (object: KubernetesObject): string =>
  `${String(count(object, 'readyReplicas'))}/${String(numberOf(valueAt(object.spec, 'replicas')))}`

const replicas: Print = object => ({
  Desired: numberOf(valueAt(object.spec, 'replicas')),
  Current: count(object, 'replicas'),
  Ready: count(object, 'readyReplicas'),
  ...templateCells(object),
})

const daemonSet: Print = object => ({
  Desired: count(object, 'desiredNumberScheduled'),
  Current: count(object, 'currentNumberScheduled'),
  Ready: count(object, 'numberReady'),
  'Up-to-date': count(object, 'updatedNumberScheduled'),
  Available: count(object, 'numberAvailable'),
  'Node Selector': labelsText(valueAt(object.spec, 'template', 'spec', 'nodeSelector')),
  ...templateCells(object),
})

const hasCondition = (object: KubernetesObject, type: string, status = 'True'): boolean =>
  listOf(valueAt(object.status, 'conditions')).some(
    condition => valueAt(condition, 'type') === type && valueAt(condition, 'status') === status,
  )

const job: Print = (object, now) => {
  const completions = valueAt(object.spec, 'completions')
  const parallelism = numberOf(valueAt(object.spec, 'parallelism'))
  const succeeded = String(count(object, 'succeeded'))
  const start = textOf(valueAt(object.status, 'startTime'))
  const end = textOf(valueAt(object.status, 'completionTime'))
  const states = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet']
  const state = states.find(type => hasCondition(object, type)) ?? 'Running'
  return {
    Status: object.metadata.deletionTimestamp !== undefined ? 'Terminating' : state,
    Completions:
      typeof completions === 'number'
        ? `${succeeded}/${String(completions)}`
        : parallelism > 1
          ? `${succeeded}/1 of ${String(parallelism)}`
          : `${succeeded}/1`,
    Duration:
      start === '' ? '' : spanText((end === '' ? now.getTime() : Date.parse(end)) - Date.parse(start)),
    ...templateCells(object),
  }
}

const cronJob: Print = (object, now) => {
  const last = valueAt(object.status, 'lastScheduleTime')
  const template = valueAt(object.spec, 'jobTemplate', 'spec')
  return {
    Schedule: textOf(valueAt(object.spec, 'schedule')),
    Timezone: textOf(valueAt(object.spec, 'timeZone')) || none,
    Suspend: valueAt(object.spec, 'suspend') === true ? 'True' : 'False',
    Active: listOf(valueAt(object.status, 'active')).length,
    'Last Schedule': last === undefined ? none : ageText(last, now),
    ...containerCells(valueAt(template, 'template', 'spec')),
    Selector: selectorText(valueAt(template, 'selector')),
  }
}

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
  const numbers = listOf(object['ports']).map(port => String(valueAt(port, 'port') ?? '*'))
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
    'Kernel-Version': info('kernelVersion'),
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
