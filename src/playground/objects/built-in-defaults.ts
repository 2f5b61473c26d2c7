import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { isObject, listOf, objectOf, textOf, valueAt, type JsonObject } from './json.ts'
import { podSpecOfPodWithDefaults, podSpecWithDefaults } from './pod-defaults.ts'
import { resolveSchema, schemaOf } from './schema-lookup.ts'
import type { ServedResource } from './served-resource.ts'

// Source: pkg/apis/*/v1/defaults.go of Kubernetes 1.36.

type Fill = (object: JsonObject, previous: KubernetesObject | undefined) => JsonObject

const withSpec = (object: JsonObject, fill: (spec: JsonObject) => JsonObject): JsonObject => ({
  ...object,
  spec: fill(objectOf(object['spec'])),
})

const withTemplate = (spec: JsonObject): JsonObject => {
  const template = objectOf(spec['template'])
  return {
    ...spec,
    template: {
      ...template,
      metadata: objectOf(template['metadata']),
      spec: podSpecWithDefaults(objectOf(template['spec'])),
    },
  }
}

const rollingUpdate = (strategy: JsonObject, defaults: JsonObject): JsonObject => {
  const type = textOf(strategy['type']) || 'RollingUpdate'
  return type === 'RollingUpdate'
    ? { ...strategy, type, rollingUpdate: { ...defaults, ...objectOf(strategy['rollingUpdate']) } }
    : { ...strategy, type }
}

const deployment: Fill = object =>
  withSpec(object, spec => ({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...withTemplate(spec),
    strategy: rollingUpdate(objectOf(spec['strategy']), { maxUnavailable: '25%', maxSurge: '25%' }),
  }))

const statefulSet: Fill = object =>
  withSpec(object, spec => ({
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    ...withTemplate(spec),
    updateStrategy: rollingUpdate(objectOf(spec['updateStrategy']), { partition: 0 }),
  }))

const daemonSet: Fill = object =>
  withSpec(object, spec => ({
    revisionHistoryLimit: 10,
    ...withTemplate(spec),
    updateStrategy: rollingUpdate(objectOf(spec['updateStrategy']), { maxUnavailable: 1, maxSurge: 0 }),
  }))

const jobSpec = (spec: JsonObject): JsonObject => ({
  parallelism: 1,
  ...(spec['parallelism'] === undefined ? { completions: 1 } : {}),
  backoffLimit: 6,
  completionMode: 'NonIndexed',
  suspend: false,
  podReplacementPolicy: 'TerminatingOrFailed',
  manualSelector: false,
  ...withTemplate(spec),
})

const cronJob: Fill = object =>
  withSpec(object, spec => {
    const template = objectOf(spec['jobTemplate'])
    return {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      ...spec,
      jobTemplate: {
        ...template,
        metadata: objectOf(template['metadata']),
        spec: withTemplate(objectOf(template['spec'])),
      },
    }
  })

/** FNV-1a: the same Service gets the same address in every playground. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}

function addressOf(name: string): string {
  // 10.96.0.0/16 is kubeadm's service network; .0.0 to .0.255 stay free for fixed addresses.
  const place = hashOf(name) % (255 * 254)
  return `10.96.${String(1 + Math.floor(place / 254))}.${String(1 + (place % 254))}`
}

/** What an allocator of the server gives and a writer need not repeat. */
const service: Fill = (object, previous) => {
  const name = `${textOf(valueAt(object, 'metadata', 'namespace'))}/${textOf(valueAt(object, 'metadata', 'name'))}`
  const filled = withSpec(object, spec => {
    const type = textOf(spec['type']) || 'ClusterIP'
    const ports = listOf(spec['ports']).map((port, index) =>
      servicePort(objectOf(port), index, name, type, previous),
    )
    if (type === 'ExternalName')
      return { ...spec, sessionAffinity: 'None', type, ...(ports.length === 0 ? {} : { ports }) }
    const isHeadless = spec['clusterIP'] === 'None'
    const clusterIP =
      textOf(spec['clusterIP']) || textOf(valueAt(previous?.spec, 'clusterIP')) || addressOf(name)
    const isExternal = type === 'LoadBalancer' || type === 'NodePort'
    return {
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      ...(isExternal ? { externalTrafficPolicy: 'Cluster' } : {}),
      ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
      ...spec,
      type,
      ...(ports.length === 0 ? {} : { ports }),
      clusterIP,
      clusterIPs: isHeadless ? ['None'] : [clusterIP],
    }
  })
  const status = objectOf(object['status'])
  return { ...filled, status: { ...status, loadBalancer: objectOf(status['loadBalancer']) } }
}

function servicePort(
  port: JsonObject,
  index: number,
  name: string,
  type: string,
  previous: KubernetesObject | undefined,
): JsonObject {
  const before = listOf(valueAt(previous?.spec, 'ports')).find(
    other => valueAt(other, 'port') === port['port'],
  )
  const hasNodePort = type === 'NodePort' || type === 'LoadBalancer'
  const nodePort =
    port['nodePort'] ?? valueAt(before, 'nodePort') ?? 30_000 + (hashOf(`${name}/${String(index)}`) % 2768)
  return {
    ...port,
    protocol: textOf(port['protocol']) || 'TCP',
    targetPort: port['targetPort'] ?? port['port'],
    ...(hasNodePort ? { nodePort } : {}),
  }
}

const namespace: Fill = object => {
  const metadata = objectOf(object['metadata'])
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...objectOf(metadata['labels']), 'kubernetes.io/metadata.name': metadata['name'] },
    },
    spec: { finalizers: ['kubernetes'], ...objectOf(object['spec']) },
    status: { phase: 'Active', ...objectOf(object['status']) },
  }
}

const portWithProtocol = (port: unknown): JsonObject => ({ protocol: 'TCP', ...objectOf(port) })

const mapList = (object: JsonObject, name: string, fill: (item: JsonObject) => JsonObject): JsonObject =>
  Array.isArray(object[name])
    ? { ...object, [name]: listOf(object[name]).map(item => fill(objectOf(item))) }
    : object

/** Secrets keep text given as `stringData` as base64 in `data`. */
const secret: Fill = object => {
  const { stringData, ...rest } = object
  const encoded = Object.entries(objectOf(stringData)).map(([key, value]) => [
    key,
    Buffer.from(textOf(value), 'utf8').toString('base64'),
  ])
  return {
    type: 'Opaque',
    ...rest,
    ...(isObject(stringData) ? { data: { ...objectOf(rest['data']), ...Object.fromEntries(encoded) } } : {}),
  }
}

const binding: Fill = object => ({
  ...mapList(object, 'subjects', subject => ({
    ...subject,
    ...(subject['kind'] === 'ServiceAccount' || subject['apiGroup'] !== undefined
      ? {}
      : { apiGroup: 'rbac.authorization.k8s.io' }),
  })),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...objectOf(object['roleRef']) },
})

const networkPolicy: Fill = object =>
  withSpec(object, spec => ({
    ...spec,
    podSelector: objectOf(spec['podSelector']),
    policyTypes: spec['policyTypes'] ?? ['Ingress', ...(Array.isArray(spec['egress']) ? ['Egress'] : [])],
  }))

const crd: Fill = object =>
  withSpec(object, spec => {
    const names = objectOf(spec['names'])
    const kind = textOf(names['kind'])
    return {
      conversion: { strategy: 'None' },
      ...spec,
      names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names },
    }
  })

const webhooks: Fill = object =>
  mapList(object, 'webhooks', webhook => ({
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    ...webhook,
  }))

const defaultMetric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

const endpointSlice: Fill = object =>
  mapList(
    mapList(object, 'ports', port => ({ name: '', ...portWithProtocol(port) })),
    'endpoints',
    endpoint => ({ conditions: {}, ...endpoint }),
  )

/** A status that is no pointer in Go is always there, with zeros for what it must have. */
function withEmptyStatus(resource: ServedResource, object: JsonObject): JsonObject {
  const pointer = schemaOf(resource).properties?.['status']
  if (object['status'] !== undefined || pointer?.default === undefined) return object
  const { required = [], properties = {} } = resolveSchema(pointer)
  return {
    ...object,
    status: Object.fromEntries(
      required.map(name => [name, resolveSchema(properties[name] ?? {}).type === 'integer' ? 0 : null]),
    ),
  }
}

const fills: Readonly<Record<string, Fill>> = {
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ReplicaSet': object => withSpec(object, spec => ({ replicas: 1, ...withTemplate(spec) })),
  '/ReplicationController': object => withSpec(object, spec => ({ replicas: 1, ...withTemplate(spec) })),
  'batch/Job': object => withSpec(object, jobSpec),
  'batch/CronJob': cronJob,
  '/Pod': object => ({
    ...withSpec(object, podSpecOfPodWithDefaults),
    status: { phase: 'Pending', ...objectOf(object['status']) },
  }),
  '/Service': service,
  '/Namespace': namespace,
  '/Secret': secret,
  '/Endpoints': object => mapList(object, 'subsets', subset => mapList(subset, 'ports', portWithProtocol)),
  '/PersistentVolumeClaim': object => ({
    ...withSpec(object, spec => ({ volumeMode: 'Filesystem', ...spec })),
    status: { phase: 'Pending', ...objectOf(object['status']) },
  }),
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
  'autoscaling/HorizontalPodAutoscaler': object =>
    withSpec(object, spec => ({ minReplicas: 1, metrics: [defaultMetric], ...spec })),
  'apiextensions.k8s.io/CustomResourceDefinition': crd,
  'storage.k8s.io/StorageClass': object => ({
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...object,
  }),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': object =>
    mapList(webhooks(object, undefined), 'webhooks', webhook => ({
      reinvocationPolicy: 'Never',
      ...webhook,
    })),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
}

/** The object of a built-in kind with the server's defaults, and with what it allocates. */
export function withBuiltInDefaults(
  resource: ServedResource,
  object: JsonObject,
  previous: KubernetesObject | undefined,
): JsonObject {
  const fill = fills[`${resource.group}/${resource.kind}`]
  return withEmptyStatus(resource, fill === undefined ? object : fill(object, previous))
}
