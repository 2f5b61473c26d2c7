import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { listOf, objectOf, textOf, valueAt } from '../objects/json.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import type { ObjectStore } from '../store.ts'

/**
 * What the strategies of the real registry add to a new object before it is validated: a namespace's phase and
 * finalizer, a Service's address and node ports, the state of a CRD.
 */
export function prepareNew(
  object: KubernetesObject,
  type: ServedResource,
  { store, now }: { readonly store: ObjectStore; readonly now: () => number },
): KubernetesObject {
  switch (`${type.group}/${type.plural}`) {
    case '/namespaces':
      return {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
        spec: { ...objectOf(object.spec), finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      }
    case '/services':
      return prepareService(object, store)
    case '/pods':
      return { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } }
    case 'apiextensions.k8s.io/customresourcedefinitions':
      return { ...object, status: establishedStatus(object, now()) }
    default:
      return object
  }
}

const SERVICES = { group: '', plural: 'services' }

function prepareService(object: KubernetesObject, store: ObjectStore): KubernetesObject {
  const spec = objectOf(object.spec)
  const type = textOf(spec['type']) || 'ClusterIP'
  if (type === 'ExternalName') return { ...object, status: { loadBalancer: {} } }
  const others = store.list(SERVICES)
  const clusterIP = textOf(spec['clusterIP']) || freeAddress(others)
  const needsNodePorts = type === 'NodePort' || type === 'LoadBalancer'
  const taken = new Set(
    others.flatMap(other => listOf(valueAt(other.spec, 'ports')).map(port => valueAt(port, 'nodePort'))),
  )
  const ports = listOf(spec['ports']).map(port => {
    if (!needsNodePorts || valueAt(port, 'nodePort')) return port
    let nodePort = FIRST_NODE_PORT
    while (taken.has(nodePort)) nodePort++
    taken.add(nodePort)
    return { ...objectOf(port), nodePort }
  })
  return {
    ...object,
    spec: {
      ...spec,
      ...(spec['ports'] === undefined ? {} : { ports }),
      clusterIP,
      clusterIPs: [clusterIP],
    },
    status: { loadBalancer: {} },
  }
}

// --service-node-port-range of the API server begins here.
const FIRST_NODE_PORT = 30_000

/** The next free address of 10.96.0.0/16, the default of kubeadm; the first ones are kept for the cluster's own. */
function freeAddress(services: readonly KubernetesObject[]): string {
  const taken = new Set(services.map(service => textOf(valueAt(service.spec, 'clusterIP'))))
  for (let number = 256; ; number++) {
    const address = `10.96.${number >> 8}.${number & 255}`
    if (!taken.has(address)) return address
  }
}

/** A CRD is served as soon as it is stored. */
function establishedStatus(crd: KubernetesObject, now: number): unknown {
  const spec = objectOf(crd.spec)
  const names = objectOf(spec['names'])
  const kind = textOf(names['kind'])
  const stored = listOf(spec['versions']).filter(version => valueAt(version, 'storage') === true)
  const condition = (type: string, reason: string, message: string): object => ({
    type,
    status: 'True',
    lastTransitionTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    reason,
    message,
  })
  return {
    acceptedNames: {
      ...names,
      listKind: textOf(names['listKind']) || `${kind}List`,
      singular: textOf(names['singular']) || kind.toLowerCase(),
    },
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: stored.map(version => textOf(valueAt(version, 'name'))),
  }
}
