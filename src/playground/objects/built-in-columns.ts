import type { Column } from './served-resource.ts'

/**
 * The columns of the built-in kinds after Name: `Name:type`, string where no type is said, `!` for what only
 * `-o wide` shows. Source: pkg/printers/internalversion/printers.go of Kubernetes 1.36.
 */
const columnsByKind: Readonly<Record<string, string>> = {
  ConfigMap: 'Data | Age',
  Endpoints: 'Endpoints | Age',
  Event: 'Last Seen | Type | Reason | Object | Subobject! | Source! | Message | First Seen! | Count! | Name!',
  LimitRange: 'Created At:date',
  Namespace: 'Status | Age',
  Node: 'Status | Roles | Age | Version | Internal-IP! | External-IP! | OS-Image! | Kernel-Version! | Container-Runtime!',
  PersistentVolumeClaim:
    'Status | Volume | Capacity | Access Modes | StorageClass | VolumeAttributesClass | Age | VolumeMode!',
  PersistentVolume:
    'Capacity | Access Modes | Reclaim Policy | Status | Claim | StorageClass | VolumeAttributesClass | Reason | Age | VolumeMode!',
  Pod: 'Ready | Status | Restarts | Age | IP! | Node! | Nominated Node! | Readiness Gates!',
  ReplicationController:
    'Desired:integer | Current:integer | Ready:integer | Age | Containers! | Images! | Selector!',
  ResourceQuota: 'Request | Limit | Age',
  Secret: 'Type | Data | Age',
  ServiceAccount: 'Age',
  Service: 'Type | Cluster-IP | External-IP | Port(s) | Age | Selector!',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': 'Webhooks:integer | Age',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': 'Webhooks:integer | Age',
  'apiextensions.k8s.io/CustomResourceDefinition': 'Created At:date',
  'apiregistration.k8s.io/APIService': 'Service | Available | Age',
  'apps/ControllerRevision': 'Controller | Revision | Age',
  'apps/DaemonSet':
    'Desired:integer | Current:integer | Ready:integer | Up-to-date:integer | Available:integer | Node Selector | Age | Containers! | Images! | Selector!',
  'apps/Deployment': 'Ready | Up-to-date | Available | Age | Containers! | Images! | Selector!',
  'apps/ReplicaSet':
    'Desired:integer | Current:integer | Ready:integer | Age | Containers! | Images! | Selector!',
  'apps/StatefulSet': 'Ready | Age | Containers! | Images!',
  'autoscaling/HorizontalPodAutoscaler': 'Reference | Targets | MinPods | MaxPods | Replicas | Age',
  'batch/CronJob':
    'Schedule | Timezone | Suspend:boolean | Active:integer | Last Schedule | Age | Containers! | Images! | Selector!',
  'batch/Job': 'Status | Completions | Duration | Age | Containers! | Images! | Selector!',
  'coordination.k8s.io/Lease': 'Holder | Age',
  'discovery.k8s.io/EndpointSlice': 'AddressType | Ports | Endpoints | Age',
  'events.k8s.io/Event':
    'Last Seen | Type | Reason | Object | Subobject! | Source! | Message | First Seen! | Count! | Name!',
  'networking.k8s.io/IngressClass': 'Controller | Parameters | Age',
  'networking.k8s.io/Ingress': 'Class | Hosts | Address | Ports | Age',
  'networking.k8s.io/NetworkPolicy': 'Pod-Selector | Age',
  'policy/PodDisruptionBudget': 'Min Available | Max Unavailable | Allowed Disruptions:integer | Age',
  'rbac.authorization.k8s.io/ClusterRoleBinding': 'Role | Age | Users! | Groups! | ServiceAccounts!',
  'rbac.authorization.k8s.io/ClusterRole': 'Created At:date',
  'rbac.authorization.k8s.io/RoleBinding': 'Role | Age | Users! | Groups! | ServiceAccounts!',
  'rbac.authorization.k8s.io/Role': 'Created At:date',
  'scheduling.k8s.io/PriorityClass': 'Value:integer | Global-Default:boolean | Age | PreemptionPolicy',
  'storage.k8s.io/StorageClass':
    'Provisioner | ReclaimPolicy | VolumeBindingMode | AllowVolumeExpansion | Age',
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.',
  priority: 0,
}

export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  priority: 0,
}

/** The columns of a built-in kind; those of a kind without a printer of its own are Name and Created At. */
export function columnsOfBuiltIn(group: string, kind: string): readonly Column[] {
  const text = columnsByKind[group === '' ? kind : `${group}/${kind}`]
  if (text === undefined) return [nameColumn, createdAtColumn]
  const columns = text.split(' | ').map(word => {
    const [name = '', type = 'string'] = word.replace('!', '').split(':')
    if (name === 'Name') return { ...nameColumn, priority: 1 }
    return { name, type, format: '', description: '', priority: word.endsWith('!') ? 1 : 0 }
  })
  return columns.some(column => column.name === 'Name') ? columns : [nameColumn, ...columns]
}
