import type { NamedObject } from '../../istio/named-object.ts'
import { nameObject } from '../../istio/named-object.ts'
import type { Fields } from '../../istio/fields/read-fields.ts'
import { fieldsOf, listOf, textMapOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { groupOf } from '../../kubernetes/kubernetes-object.ts'

type Labels = Readonly<Record<string, string>>

export const DATAPLANE_MODE = 'istio.io/dataplane-mode'
export const WAYPOINT_CONTROLLER = 'istio.io/mesh-controller'
export const WAYPOINT_CLASS = 'istio-waypoint'
/** istio-cni writes it on the pods whose connections ztunnel takes. */
export const REDIRECTION = 'ambient.istio.io/redirection'
const WAYPOINT_FOR = 'istio.io/waypoint-for'
const GATEWAY_GROUP = 'gateway.networking.k8s.io'
const HBONE_PORT = 15_008

/** A Gateway whose proxies read the requests for Services and pods in ambient mode. */
export interface Waypoint extends NamedObject {
  /** `service`, `workload`, `all` or `none`. */
  readonly trafficType: string
  /** Whether istiod knows its address; that of a file is taken for granted. */
  readonly isReady: boolean
  /** `allowedRoutes.namespaces` of its listener: whose Services and pods may use it. */
  readonly allowedNamespaces: Fields
}

/** What ambient mode is made of. */
export interface AmbientWorld {
  /** Whether anything is in ambient mode. */
  readonly isUsed: boolean
  /** Labels of the namespaces that an object tells of. */
  readonly namespaces: ReadonlyMap<string, Labels>
  /** By `namespace/name`. */
  readonly waypoints: ReadonlyMap<string, Waypoint>
}

/** Source: https://istio.io/latest/docs/ambient/usage/add-workloads/ and https://istio.io/latest/docs/ambient/usage/waypoint/ */
export function readAmbientWorld(objects: readonly KubernetesObject[]): AmbientWorld {
  const namespaces = new Map<string, Labels>()
  const gateways: KubernetesObject[] = []
  const classes = new Map<string, KubernetesObject>()
  let isUsed = false
  for (const object of objects) {
    const { kind, apiVersion, metadata } = object
    if (kind === 'Namespace') namespaces.set(metadata.name, metadata.labels ?? {})
    else if (kind === 'Gateway' && groupOf(apiVersion) === GATEWAY_GROUP) gateways.push(object)
    else if (kind === 'GatewayClass' && groupOf(apiVersion) === GATEWAY_GROUP)
      classes.set(metadata.name, object)
    isUsed ||= isAmbient(object)
  }
  const waypoints = gateways
    .filter(({ spec }) => isWaypointClass(textOf(fieldsOf(spec)['gatewayClassName']) ?? '', classes))
    .map(object => readWaypoint(object, classes))
  return {
    isUsed,
    namespaces,
    waypoints: new Map(waypoints.map(item => [`${item.namespace}/${item.name}`, item])),
  }
}

/** Whether an object puts something into ambient mode: a namespace, a pod, or what makes pods. */
function isAmbient({ kind, metadata, spec }: KubernetesObject): boolean {
  if (kind === 'Namespace' || kind === 'Pod')
    return (
      metadata.labels?.[DATAPLANE_MODE] === 'ambient' || metadata.annotations?.[REDIRECTION] === 'enabled'
    )
  const template = fieldsOf(fieldsOf(fieldsOf(spec)['template'])['metadata'])
  return textMapOf(template['labels'])[DATAPLANE_MODE] === 'ambient'
}

const isWaypointClass = (name: string, classes: ReadonlyMap<string, KubernetesObject>): boolean => {
  const own = classes.get(name)
  return own === undefined
    ? name === WAYPOINT_CLASS
    : fieldsOf(own.spec)['controllerName'] === WAYPOINT_CONTROLLER
}

/** Follows `WaypointsCollection` in istio's pilot/pkg/serviceregistry/kube/controller/ambient/waypoints.go. */
function readWaypoint(object: KubernetesObject, classes: ReadonlyMap<string, KubernetesObject>): Waypoint {
  const spec = fieldsOf(object.spec)
  const ofClass = classes.get(textOf(spec['gatewayClassName']) ?? '')?.metadata.labels?.[WAYPOINT_FOR]
  const listener = listOf(spec['listeners'])
    .map(fieldsOf)
    .find(item => item['protocol'] === 'HBONE' && item['port'] === HBONE_PORT)
  return {
    ...nameObject(object),
    trafficType: object.metadata.labels?.[WAYPOINT_FOR] ?? ofClass ?? 'service',
    isReady: object.metadata.uid === undefined || listOf(fieldsOf(object['status'])['addresses']).length > 0,
    allowedNamespaces: fieldsOf(fieldsOf(listener?.['allowedRoutes'])['namespaces']),
  }
}
