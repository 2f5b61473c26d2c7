import { columnsOfBuiltIn } from './built-in-columns.ts'
import { groupOf, versionOf } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ServedResource, Subresource } from './served-resource.ts'

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const status = (kind: string): Subresource => ({
  name: 'status',
  kind,
  apiVersion: '',
  verbs: ['get', 'patch', 'update'],
})

const scale: Subresource = {
  name: 'scale',
  kind: 'Scale',
  apiVersion: 'autoscaling/v1',
  verbs: ['get', 'patch', 'update'],
}

type Options = Partial<Pick<ServedResource, 'shortNames' | 'categories' | 'verbs' | 'subresources'>>

function row(
  apiVersion: string,
  kind: string,
  plural: string,
  isNamespaced: boolean,
  { shortNames = [], categories = [], verbs = everyVerb, subresources = [] }: Options = {},
): ServedResource {
  const group = groupOf(apiVersion)
  const version = versionOf(apiVersion)
  return {
    group,
    version,
    storageVersion: version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames,
    categories,
    isNamespaced,
    verbs,
    subresources: subresources.map(subresource =>
      subresource.apiVersion === '' ? { ...subresource, apiVersion } : subresource,
    ),
    columns: columnsOfBuiltIn(group, kind),
    isCustom: false,
  }
}

/** The kinds that every cluster has, as discovery of a kube-apiserver 1.36 lists them. */
export const builtInTypes: readonly ServedResource[] = [
  row('v1', 'Binding', 'bindings', true, { verbs: ['create'] }),
  row('v1', 'ConfigMap', 'configmaps', true, { shortNames: ['cm'] }),
  row('v1', 'Endpoints', 'endpoints', true, { shortNames: ['ep'] }),
  row('v1', 'Event', 'events', true, { shortNames: ['ev'] }),
  row('v1', 'LimitRange', 'limitranges', true, { shortNames: ['limits'] }),
  row('v1', 'Namespace', 'namespaces', false, {
    shortNames: ['ns'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    subresources: [
      { name: 'finalize', kind: 'Namespace', apiVersion: 'v1', verbs: ['update'] },
      status('Namespace'),
    ],
  }),
  row('v1', 'Node', 'nodes', false, {
    shortNames: ['no'],
    subresources: [
      {
        name: 'proxy',
        kind: 'NodeProxyOptions',
        apiVersion: 'v1',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      status('Node'),
    ],
  }),
  row('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true, {
    shortNames: ['pvc'],
    subresources: [status('PersistentVolumeClaim')],
  }),
  row('v1', 'PersistentVolume', 'persistentvolumes', false, {
    shortNames: ['pv'],
    subresources: [status('PersistentVolume')],
  }),
  row('v1', 'Pod', 'pods', true, {
    shortNames: ['po'],
    categories: ['all'],
    subresources: [
      { name: 'attach', kind: 'PodAttachOptions', apiVersion: 'v1', verbs: ['create', 'get'] },
      { name: 'binding', kind: 'Binding', apiVersion: 'v1', verbs: ['create'] },
      { name: 'ephemeralcontainers', kind: 'Pod', apiVersion: 'v1', verbs: ['get', 'patch', 'update'] },
      { name: 'eviction', kind: 'Eviction', apiVersion: 'policy/v1', verbs: ['create'] },
      { name: 'exec', kind: 'PodExecOptions', apiVersion: 'v1', verbs: ['create', 'get'] },
      { name: 'log', kind: 'Pod', apiVersion: 'v1', verbs: ['get'] },
      { name: 'portforward', kind: 'PodPortForwardOptions', apiVersion: 'v1', verbs: ['create', 'get'] },
      {
        name: 'proxy',
        kind: 'PodProxyOptions',
        apiVersion: 'v1',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      { name: 'resize', kind: 'Pod', apiVersion: 'v1', verbs: ['get', 'patch', 'update'] },
      status('Pod'),
    ],
  }),
  row('v1', 'ReplicationController', 'replicationcontrollers', true, {
    shortNames: ['rc'],
    categories: ['all'],
    subresources: [scale, status('ReplicationController')],
  }),
  row('v1', 'ResourceQuota', 'resourcequotas', true, {
    shortNames: ['quota'],
    subresources: [status('ResourceQuota')],
  }),
  row('v1', 'Secret', 'secrets', true),
  row('v1', 'ServiceAccount', 'serviceaccounts', true, {
    shortNames: ['sa'],
    subresources: [
      { name: 'token', kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', verbs: ['create'] },
    ],
  }),
  row('v1', 'Service', 'services', true, {
    shortNames: ['svc'],
    categories: ['all'],
    subresources: [
      {
        name: 'proxy',
        kind: 'ServiceProxyOptions',
        apiVersion: 'v1',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
      status('Service'),
    ],
  }),
  row(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
    { categories: ['api-extensions'] },
  ),
  row(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
    { categories: ['api-extensions'] },
  ),
  row('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false, {
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    subresources: [status('CustomResourceDefinition')],
  }),
  row('apiregistration.k8s.io/v1', 'APIService', 'apiservices', false, {
    categories: ['api-extensions'],
    subresources: [status('APIService')],
  }),
  row('apps/v1', 'ControllerRevision', 'controllerrevisions', true),
  row('apps/v1', 'DaemonSet', 'daemonsets', true, {
    shortNames: ['ds'],
    categories: ['all'],
    subresources: [status('DaemonSet')],
  }),
  row('apps/v1', 'Deployment', 'deployments', true, {
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: [scale, status('Deployment')],
  }),
  row('apps/v1', 'ReplicaSet', 'replicasets', true, {
    shortNames: ['rs'],
    categories: ['all'],
    subresources: [scale, status('ReplicaSet')],
  }),
  row('apps/v1', 'StatefulSet', 'statefulsets', true, {
    shortNames: ['sts'],
    categories: ['all'],
    subresources: [scale, status('StatefulSet')],
  }),
  row('authentication.k8s.io/v1', 'SelfSubjectReview', 'selfsubjectreviews', false, { verbs: ['create'] }),
  row('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', false, { verbs: ['create'] }),
  row('authorization.k8s.io/v1', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', true, {
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', false, {
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', false, {
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'SubjectAccessReview', 'subjectaccessreviews', false, { verbs: ['create'] }),
  row('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', true, {
    shortNames: ['hpa'],
    categories: ['all'],
    subresources: [status('HorizontalPodAutoscaler')],
  }),
  row('batch/v1', 'CronJob', 'cronjobs', true, {
    shortNames: ['cj'],
    categories: ['all'],
    subresources: [status('CronJob')],
  }),
  row('batch/v1', 'Job', 'jobs', true, { categories: ['all'], subresources: [status('Job')] }),
  row('coordination.k8s.io/v1', 'Lease', 'leases', true),
  row('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', true),
  row('events.k8s.io/v1', 'Event', 'events', true, { shortNames: ['ev'] }),
  row('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', false),
  row('networking.k8s.io/v1', 'Ingress', 'ingresses', true, {
    shortNames: ['ing'],
    subresources: [status('Ingress')],
  }),
  row('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', true, { shortNames: ['netpol'] }),
  row('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', true, {
    shortNames: ['pdb'],
    subresources: [status('PodDisruptionBudget')],
  }),
  row('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', false),
  row('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', false),
  row('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', true),
  row('rbac.authorization.k8s.io/v1', 'Role', 'roles', true),
  row('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', false, { shortNames: ['pc'] }),
  row('storage.k8s.io/v1', 'StorageClass', 'storageclasses', false, { shortNames: ['sc'] }),
]
