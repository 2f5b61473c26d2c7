import { WAYPOINT_CONTROLLER } from '../../../domain/routing/ambient/ambient-world.ts'
import { ISTIO_CONTROLLER } from '../../../domain/gateway-api/gateway-api-objects.ts'
import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, textMapOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { CollectionName } from '../../store.ts'
import { canonicalJson } from '../context.ts'
import { collections } from '../collections.ts'
import type { ControllerContext } from './controller-context.ts'
import { makeCondition, ownerReference, writeStatus } from './controller-context.ts'
import { withoutUpdateTime } from './gateway-classes.ts'
import { proxyImage } from './pod-template.ts'

const NAME_LABEL = 'gateway.networking.k8s.io/gateway-name'
const STATUS_PORT = 15_021
const HBONE_PORT = 15_008

/** What runs for a Gateway: a way in, or a waypoint. */
interface Infrastructure {
  /** Of its Deployment and Service. */
  readonly name: string
  readonly serviceAccount: string
  readonly isWaypoint: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * Gives a Gateway of Istio's classes what istiod gives it: a Deployment, a Service, a ServiceAccount, and a status with
 * the address. One that names a Service as its address uses that.
 * Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
 */
export function reconcileGateway(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store } = context
  const gateway = store.get(collections.gatewayApiGateways, namespace, name)
  if (gateway === undefined || gateway.metadata.deletionTimestamp !== undefined) return
  const controller = controllerOf(context, gateway)
  if (controller !== ISTIO_CONTROLLER && controller !== WAYPOINT_CONTROLLER) return
  const isWaypoint = controller === WAYPOINT_CONTROLLER
  const addresses = listOf(fieldsOf(gateway.spec)['addresses']).map(fieldsOf)
  const [only] = addresses
  const isManaged =
    only === undefined || (addresses.length === 1 && (only['type'] ?? 'IPAddress') === 'IPAddress')
  if (isManaged) deploy(context, gateway, describe(gateway, isWaypoint))
  const service = isManaged
    ? store.get(collections.services, namespace, describe(gateway, isWaypoint).name)
    : namedService(context, namespace, textOf(only['value']) ?? '')
  writeGatewayStatus(context, gateway, service, isWaypoint)
}

const controllerOf = ({ store }: ControllerContext, { spec }: KubernetesObject): string | undefined => {
  const name = textOf(fieldsOf(spec)['gatewayClassName']) ?? ''
  return textOf(fieldsOf(store.get(collections.gatewayClasses, undefined, name)?.spec)['controllerName'])
}

/** Source: `getDefaultName` in istio's pilot/pkg/config/kube/gateway/deploymentcontroller.go. */
function describe({ metadata, spec }: KubernetesObject, isWaypoint: boolean): Infrastructure {
  const { name, annotations } = metadata
  const fields = fieldsOf(spec)
  const own = annotations?.['gateway.istio.io/name-override']
  const usual = isWaypoint ? name : `${name}-${textOf(fields['gatewayClassName']) ?? ''}`
  const infrastructure = fieldsOf(fields['infrastructure'])
  return {
    name: own ?? usual,
    serviceAccount: annotations?.['gateway.istio.io/service-account'] ?? own ?? usual,
    isWaypoint,
    labels: {
      ...textMapOf(infrastructure['labels']),
      [NAME_LABEL]: name,
      'gateway.networking.k8s.io/gateway-class-name': textOf(fields['gatewayClassName']) ?? '',
      'gateway.istio.io/managed': isWaypoint ? 'istio.io-mesh-controller' : 'istio.io-gateway-controller',
    },
    annotations: textMapOf(infrastructure['annotations']),
  }
}

function namedService(
  { store }: ControllerContext,
  namespace: string | undefined,
  host: string,
): KubernetesObject | undefined {
  return store.get(collections.services, namespace, host.split('.')[0] ?? '')
}

function deploy(context: ControllerContext, gateway: KubernetesObject, infrastructure: Infrastructure): void {
  const { namespace = 'default' } = gateway.metadata
  const { name, labels, annotations, serviceAccount, isWaypoint } = infrastructure
  const metadata = {
    namespace,
    labels,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences: [ownerReference(gateway)],
  }
  const put = (collection: CollectionName, object: KubernetesObject, keepsReplicas = false): void =>
    writeOwned(context, collection, object, keepsReplicas)
  if (context.store.get(collections.serviceAccounts, namespace, serviceAccount) === undefined)
    put(collections.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...metadata, name: serviceAccount },
    })
  put(
    collections.deployments,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, name },
      spec: {
        selector: { matchLabels: { [NAME_LABEL]: gateway.metadata.name } },
        template: {
          metadata: {
            labels: {
              ...labels,
              'istio.io/dataplane-mode': 'none',
              'service.istio.io/canonical-name': name,
              'service.istio.io/canonical-revision': 'latest',
              'sidecar.istio.io/inject': 'false',
            },
            annotations: {
              ...annotations,
              'istio.io/rev': 'default',
              'prometheus.io/path': '/stats/prometheus',
              'prometheus.io/port': '15020',
              'prometheus.io/scrape': 'true',
            },
          },
          spec: { serviceAccountName: serviceAccount, containers: [proxyOf(isWaypoint)] },
        },
      },
    },
    true,
  )
  const type = gateway.metadata.annotations?.['networking.istio.io/service-type']
  put(collections.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name },
    spec: {
      type: type ?? (isWaypoint ? 'ClusterIP' : 'LoadBalancer'),
      selector: { [NAME_LABEL]: gateway.metadata.name },
      ports: portsOf(gateway, isWaypoint),
    },
  })
}

const proxyOf = (isWaypoint: boolean): Fields => ({
  name: 'istio-proxy',
  image: proxyImage,
  args: ['proxy', isWaypoint ? 'waypoint' : 'router', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
  ports: [
    { name: 'status-port', containerPort: STATUS_PORT, protocol: 'TCP' },
    { name: 'http-envoy-prom', containerPort: 15_090, protocol: 'TCP' },
  ],
})

/** One port of the Service for each port of the listeners, the proxy's own first. */
function portsOf({ spec }: KubernetesObject, isWaypoint: boolean): readonly Fields[] {
  const status = { name: 'status-port', port: STATUS_PORT, protocol: 'TCP', targetPort: STATUS_PORT }
  if (isWaypoint)
    return [
      { ...status, appProtocol: 'tcp' },
      { name: 'mesh', port: HBONE_PORT, protocol: 'TCP', targetPort: HBONE_PORT, appProtocol: 'hbone' },
    ]
  const listeners = listOf(fieldsOf(spec)['listeners']).map(fieldsOf)
  const ports = new Map<number, Fields>()
  for (const listener of listeners) {
    const port = numberOf(listener['port'])
    if (port === undefined || ports.has(port)) continue
    const protocol = textOf(listener['protocol']) ?? 'TCP'
    ports.set(port, {
      name: textOf(listener['name']) ?? String(port),
      port,
      protocol: 'TCP',
      targetPort: port,
      appProtocol: protocol.toLowerCase(),
    })
  }
  return [status, ...ports.values()]
}

/** Writes what istiod owns in an object; what others have added stays. */
function writeOwned(
  { store }: ControllerContext,
  collection: CollectionName,
  object: KubernetesObject,
  keepsReplicas: boolean,
): void {
  const { namespace, name } = object.metadata
  const existing = store.get(collection, namespace, name)
  if (existing === undefined) {
    const spec = fieldsOf(object.spec)
    store.create(collection, {
      ...object,
      ...(keepsReplicas ? { spec: { replicas: 1, ...spec } } : {}),
    })
    return
  }
  const merged = {
    ...existing,
    metadata: { ...existing.metadata, labels: { ...existing.metadata.labels, ...object.metadata.labels } },
    ...(object.spec === undefined
      ? {}
      : {
          spec: {
            ...fieldsOf(existing.spec),
            ...fieldsOf(object.spec),
            ...keptPorts(existing, object),
            ...keptTemplate(existing, object),
          },
        }),
  }
  if (canonicalJson(merged) !== canonicalJson(existing)) store.update(collection, merged)
}

/** The Service's controller has completed the ports; they stay while they are the same ones. */
function keptPorts(existing: KubernetesObject, object: KubernetesObject): Fields {
  const [before, wanted] = [existing, object].map(({ spec }) => listOf(fieldsOf(spec)['ports']).map(fieldsOf))
  if (before === undefined || wanted === undefined || object.kind !== 'Service') return {}
  const keyOf = (port: Fields): string => `${String(port['name'])} ${String(port['port'])}`
  return {
    ports: wanted.map(port => ({ ...before.find(item => keyOf(item) === keyOf(port)), ...port })),
  }
}

/** What was added to the pods, `kubectl rollout restart`'s mark for one, stays. */
function keptTemplate(existing: KubernetesObject, object: KubernetesObject): Fields {
  if (object.kind !== 'Deployment') return {}
  const [before, wanted] = [existing, object].map(({ spec }) => fieldsOf(fieldsOf(spec)['template']))
  const [old, own] = [before, wanted].map(template => fieldsOf(template?.['metadata']))
  const metadata = {
    ...old,
    labels: { ...textMapOf(old?.['labels']), ...textMapOf(own?.['labels']) },
    annotations: { ...textMapOf(old?.['annotations']), ...textMapOf(own?.['annotations']) },
  }
  return { template: { ...before, metadata } }
}

function writeGatewayStatus(
  context: ControllerContext,
  gateway: KubernetesObject,
  service: KubernetesObject | undefined,
  isWaypoint: boolean,
): void {
  const before = fieldsOf(gateway.status)
  const conditions = listOf(before['conditions']).map(fieldsOf)
  const observedGeneration = gateway.metadata.generation ?? 1
  const balancer = listOf(fieldsOf(fieldsOf(service?.status)['loadBalancer'])['ingress']).map(fieldsOf)
  const addresses = [
    ...balancer.flatMap(({ ip }) => textOf(ip) ?? []),
    ...(isWaypoint || balancer.length === 0 ? [textOf(fieldsOf(service?.spec)['clusterIP']) ?? ''] : []),
  ].filter(address => address !== '')
  const isProgrammed = addresses.length > 0
  const condition = (
    known: readonly Fields[],
    type: string,
    isTrue: boolean,
    reason: string,
    message: string,
  ): Fields => ({
    ...withoutUpdateTime(
      makeCondition(context, known, { type, status: isTrue ? 'True' : 'False', reason, message }),
    ),
    observedGeneration,
  })
  writeStatus(context, collections.gatewayApiGateways, gateway, {
    addresses: addresses.map(value => ({ type: 'IPAddress', value })),
    conditions: [
      condition(conditions, 'Accepted', true, 'Accepted', 'Resource accepted'),
      condition(
        conditions,
        'Programmed',
        isProgrammed,
        isProgrammed ? 'Programmed' : 'AddressNotAssigned',
        isProgrammed
          ? `Resource programmed, assigned to service(s) ${service?.metadata.name ?? ''}.${gateway.metadata.namespace ?? ''}.svc.cluster.local`
          : 'Assigned to service(s), but no address is known yet',
      ),
    ],
    listeners: listOf(fieldsOf(gateway.spec)['listeners'])
      .map(fieldsOf)
      .map(listener => {
        const old = listOf(before['listeners'])
          .map(fieldsOf)
          .find(item => item['name'] === listener['name'])
        const known = listOf(old?.['conditions']).map(fieldsOf)
        return {
          name: listener['name'],
          attachedRoutes: numberOf(old?.['attachedRoutes']) ?? 0,
          supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
          conditions: [
            condition(known, 'Accepted', true, 'Accepted', 'No errors found'),
            condition(known, 'Programmed', true, 'Programmed', 'No errors found'),
            condition(known, 'ResolvedRefs', true, 'ResolvedRefs', 'No errors found'),
          ],
        }
      }),
  })
}
