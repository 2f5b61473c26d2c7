import { MESH_KINDS } from '../../domain/kubernetes/kinds.ts'
import type { CollectionName } from '../store.ts'

const core = (plural: string): CollectionName => ({ group: '', plural })
const apps = (plural: string): CollectionName => ({ group: 'apps', plural })

/** The collections that the controllers and the traffic read and write. */
export const collections = {
  namespaces: core('namespaces'),
  nodes: core('nodes'),
  pods: core('pods'),
  services: core('services'),
  endpoints: core('endpoints'),
  events: core('events'),
  configMaps: core('configmaps'),
  serviceAccounts: core('serviceaccounts'),
  endpointSlices: { group: 'discovery.k8s.io', plural: 'endpointslices' },
  deployments: apps('deployments'),
  replicaSets: apps('replicasets'),
  statefulSets: apps('statefulsets'),
  daemonSets: apps('daemonsets'),
  gatewayClasses: { group: 'gateway.networking.k8s.io', plural: 'gatewayclasses' },
  gatewayApiGateways: { group: 'gateway.networking.k8s.io', plural: 'gateways' },
  mutatingWebhooks: { group: 'admissionregistration.k8s.io', plural: 'mutatingwebhookconfigurations' },
  jobs: { group: 'batch', plural: 'jobs' },
} as const satisfies Record<string, CollectionName>

/** Everything that decides where a request goes: all kinds that make a mesh and that a cluster can hold. */
export const meshCollections: readonly CollectionName[] = MESH_KINDS.filter(
  ({ source }) => source !== 'files',
).map(({ group, plural }) => ({ group, plural }))

/** Collections whose objects may have owners, and so go when these go. */
export const ownedCollections: readonly CollectionName[] = [
  collections.replicaSets,
  collections.pods,
  collections.endpointSlices,
  collections.endpoints,
  collections.jobs,
]

export const collectionKey = ({ group, plural }: CollectionName): string => `${group}/${plural}`
