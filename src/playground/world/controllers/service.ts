import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
} from '../../../domain/istio/fields/read-fields.ts'
import { selects } from '../../../domain/istio/named-object.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { randomSuffix } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'
import { ownerReference } from './controller-context.ts'
import { isPodReady } from './pod-lifecycle.ts'

const firstBalancer = 200

/** Gives a Service its addresses and keeps its EndpointSlice and Endpoints. */
export function reconcileService(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const found = context.store.get(collections.services, namespace, name)
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return
  const service = allocate(context, found)
  const spec = fieldsOf(service.spec)
  const selector = optionalFields(spec['selector'])
  if (selector === undefined || Object.keys(selector).length === 0 || spec['type'] === 'ExternalName') return
  const pods = context.store
    .list(collections.pods, namespace)
    .filter(pod => selects(textMapOf(selector), pod.metadata.labels ?? {}) && hasAddress(pod))
    .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
  writeSlice(context, service, pods)
  writeEndpoints(context, service, pods)
}

function allocate({ store }: ControllerContext, service: KubernetesObject): KubernetesObject {
  const spec = fieldsOf(service.spec)
  if (spec['type'] === 'ExternalName') return service
  const type = textOf(spec['type']) ?? 'ClusterIP'
  const used = new Set(store.list(collections.services).map(item => fieldsOf(item.spec)['clusterIP']))
  const clusterIP = textOf(spec['clusterIP']) ?? freeAddress(service.metadata.uid ?? '', used)
  const isOpen = type === 'LoadBalancer' || type === 'NodePort'
  const ports = listOf(spec['ports'])
    .map(fieldsOf)
    .map(port => ({
      ...port,
      protocol: port['protocol'] ?? 'TCP',
      targetPort: port['targetPort'] ?? port['port'],
      ...(isOpen ? { nodePort: port['nodePort'] ?? nodePort(service, numberOf(port['port']) ?? 0) } : {}),
    }))
  const status =
    type === 'LoadBalancer'
      ? { loadBalancer: { ingress: [{ ip: balancerAddress(store, service), ipMode: 'VIP' }] } }
      : { loadBalancer: {} }
  return store.update(collections.services, {
    ...service,
    spec: {
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...spec,
      type,
      clusterIP,
      clusterIPs: [clusterIP],
      ports,
    },
    status,
  })
}

const balancerOf = ({ status }: KubernetesObject): string | undefined =>
  textOf(fieldsOf(listOf(fieldsOf(fieldsOf(status)['loadBalancer'])['ingress'])[0])['ip'])

/** The address that a load balancer has, or the first one that no other Service has. */
function balancerAddress(store: ControllerContext['store'], service: KubernetesObject): string {
  const own = balancerOf(service)
  if (own !== undefined) return own
  const used = new Set(store.list(collections.services).map(balancerOf))
  let last = firstBalancer
  while (used.has(`172.18.255.${String(last)}`) && last < 254) last += 1
  return `172.18.255.${String(last)}`
}

/** An address that is the same each time the playground is made, as far as it is free. */
function freeAddress(uid: string, used: ReadonlySet<unknown>): string {
  let hash = Buffer.from(uid).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7)
  for (;;) {
    const address = `10.96.${String((hash >>> 8) & 0xff)}.${String(hash & 0xff)}`
    if (!used.has(address) && address !== '10.96.0.0' && address !== '10.96.0.1' && address !== '10.96.0.10')
      return address
    hash = (hash + 1) >>> 0
  }
}

const nodePort = ({ metadata }: KubernetesObject, port: number): number =>
  30000 + (Buffer.from(metadata.name).reduce((sum, byte) => sum + byte, port) % 2768)

const hasAddress = (pod: KubernetesObject): boolean => {
  const { phase, podIP } = fieldsOf(pod.status)
  return textOf(podIP) !== undefined && phase !== 'Succeeded' && phase !== 'Failed'
}

function targetPort(port: Fields, pods: readonly KubernetesObject[]): number {
  const target = numberOf(port['targetPort'])
  if (target !== undefined) return target
  for (const pod of pods)
    for (const container of listOf(fieldsOf(pod.spec)['containers']).map(fieldsOf))
      for (const item of listOf(container['ports']).map(fieldsOf))
        if (item['name'] === port['targetPort']) return numberOf(item['containerPort']) ?? 0
  return numberOf(port['port']) ?? 0
}

const endpointPorts = (service: KubernetesObject, pods: readonly KubernetesObject[]): readonly Fields[] =>
  listOf(fieldsOf(service.spec)['ports'])
    .map(fieldsOf)
    .map(port => ({
      name: textOf(port['name']) ?? '',
      port: targetPort(port, pods),
      protocol: textOf(port['protocol']) ?? 'TCP',
    }))

const podReference = ({ metadata }: KubernetesObject): Fields => ({
  kind: 'Pod',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
})

function writeSlice(
  { store, owned, random }: ControllerContext,
  service: KubernetesObject,
  pods: readonly KubernetesObject[],
): void {
  const { name, namespace = 'default', uid } = service.metadata
  const existing = owned.list(collections.endpointSlices, uid)[0]
  const content = {
    addressType: 'IPv4',
    endpoints: pods.map(pod => ({
      addresses: [fieldsOf(pod.status)['podIP']],
      conditions: { ready: isPodReady(pod), serving: isPodReady(pod), terminating: false },
      nodeName: fieldsOf(pod.spec)['nodeName'],
      targetRef: podReference(pod),
    })),
    ports: endpointPorts(service, pods),
  }
  if (existing) store.update(collections.endpointSlices, { ...existing, ...content })
  else
    store.create(collections.endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${name}-${randomSuffix(random)}`,
        generateName: `${name}-`,
        namespace,
        labels: {
          ...service.metadata.labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': name,
        },
        ownerReferences: [ownerReference(service)],
      },
      ...content,
    })
}

function writeEndpoints(
  { store }: ControllerContext,
  service: KubernetesObject,
  pods: readonly KubernetesObject[],
): void {
  const { name, namespace = 'default' } = service.metadata
  const address = (pod: KubernetesObject): Fields => ({
    ip: fieldsOf(pod.status)['podIP'],
    nodeName: fieldsOf(pod.spec)['nodeName'],
    targetRef: podReference(pod),
  })
  const ready = pods.filter(isPodReady).map(address)
  const waiting = pods.filter(pod => !isPodReady(pod)).map(address)
  const subset = {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(waiting.length === 0 ? {} : { notReadyAddresses: waiting }),
    ports: endpointPorts(service, pods),
  }
  const content = pods.length === 0 ? {} : { subsets: [subset] }
  const existing = store.get(collections.endpoints, namespace, name)
  if (existing) {
    const rest = Object.fromEntries(Object.entries(existing).filter(([key]) => key !== 'subsets'))
    store.update(collections.endpoints, { ...(rest as KubernetesObject), ...content })
  } else
    store.create(collections.endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name,
        namespace,
        labels: { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
        ownerReferences: [ownerReference(service)],
      },
      ...content,
    })
}
