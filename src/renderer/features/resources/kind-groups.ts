import type { ServedType } from '../../../shared/contract/resources.ts'

export interface KindGroup {
  readonly title: string
  readonly types: readonly ServedType[]
}

const WORKLOADS = [
  'Pod',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
]
const NETWORK = ['Service', 'EndpointSlice', 'Endpoints', 'Ingress', 'IngressClass', 'NetworkPolicy']
const CONFIGURATION = ['ConfigMap', 'Secret', 'ResourceQuota', 'LimitRange']
const CLUSTER = [
  'Namespace',
  'Node',
  'Event',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'StorageClass',
  'CustomResourceDefinition',
]

const ISTIO = /(?:^|\.)istio\.io$/
const GATEWAY_API = 'gateway.networking.k8s.io'

/** Where a type is looked for. */
function titleOf({ group, kind, isCustom }: ServedType): string {
  if (ISTIO.test(group)) return 'Istio'
  if (group === GATEWAY_API) return 'Gateway API'
  if (isCustom) return 'Custom'
  if (WORKLOADS.includes(kind)) return 'Workloads'
  if (NETWORK.includes(kind)) return 'Network'
  if (CONFIGURATION.includes(kind)) return 'Configuration'
  if (kind.includes('Role') || kind === 'ServiceAccount') return 'Access'
  return CLUSTER.includes(kind) ? 'Cluster' : 'Other'
}

const GROUPS = [
  'Workloads',
  'Network',
  'Istio',
  'Gateway API',
  'Custom',
  'Configuration',
  'Access',
  'Cluster',
  'Other',
]
const ORDER = [...WORKLOADS, ...NETWORK, ...CONFIGURATION, ...CLUSTER]

const rankOf = ({ kind }: ServedType): number => {
  const index = ORDER.indexOf(kind)
  return index === -1 ? ORDER.length : index
}

/** The types in the groups of the tree, known ones in the order people look for them, others by name. */
export function groupKinds(types: readonly ServedType[]): readonly KindGroup[] {
  return GROUPS.map(title => ({
    title,
    types: types
      .filter(type => titleOf(type) === title)
      .sort((a, b) => rankOf(a) - rankOf(b) || a.kind.localeCompare(b.kind)),
  })).filter(group => group.types.length > 0)
}
