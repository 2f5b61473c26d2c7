import type { NamedObject } from '../istio/named-object.ts'
import { compareAge, nameObject } from '../istio/named-object.ts'
import { fieldsOf, textsOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'

export const GATEWAY_GROUP = 'gateway.networking.k8s.io'

/** What the objects of the Gateway API refer to, by kind. */
export interface GatewayApiObjects {
  readonly clusterDomain: string
  readonly gateways: readonly NamedObject[]
  readonly listenerSets: readonly NamedObject[]
  readonly routes: readonly NamedObject[]
  readonly grants: readonly NamedObject[]
  /** Controllers by the name of their GatewayClass, those that Istio makes itself included. */
  readonly controllers: ReadonlyMap<string, string>
  /** Labels by namespace. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Kubernetes Services by `namespace/name`. */
  readonly services: ReadonlyMap<string, MeshService>
  /** ServiceEntries by `namespace/name`, with their hosts. */
  readonly serviceEntries: ReadonlyMap<string, readonly string[]>
  /** Names of Secrets by `namespace/name`. */
  readonly secrets: ReadonlySet<string>
}

export const ISTIO_CONTROLLER = 'istio.io/gateway-controller'

/** Classes that istiod makes without being asked; a waypoint's routes are not those of a gateway. */
const builtInClasses: readonly (readonly [string, string])[] = [
  ['istio', ISTIO_CONTROLLER],
  ['istio-waypoint', 'istio.io/mesh-controller'],
]

const ROUTE_KINDS: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'])

/** Sorts out the objects that the Gateway API is about; each list is oldest first. */
export function readGatewayApiObjects(
  objects: readonly KubernetesObject[],
  services: readonly MeshService[],
  serviceEntries: readonly MeshService[],
  clusterDomain: string,
): GatewayApiObjects {
  const ofGroup = objects.filter(object => groupOf(object.apiVersion) === GATEWAY_GROUP)
  const named = (isWanted: (kind: string) => boolean): readonly NamedObject[] =>
    ofGroup
      .filter(object => isWanted(object.kind))
      .map(nameObject)
      .sort(compareAge)
  const core = objects.filter(object => object.apiVersion === 'v1')
  const hosts = new Map<string, string[]>()
  for (const { namespace, name, host } of serviceEntries) {
    const key = `${namespace}/${name}`
    hosts.set(key, [...(hosts.get(key) ?? []), host])
  }
  return {
    clusterDomain,
    gateways: named(kind => kind === 'Gateway'),
    listenerSets: named(kind => kind === 'ListenerSet'),
    routes: named(kind => ROUTE_KINDS.has(kind)),
    grants: named(kind => kind === 'ReferenceGrant'),
    controllers: new Map([
      ...builtInClasses,
      ...ofGroup
        .filter(object => object.kind === 'GatewayClass')
        .map(object => [object.metadata.name, String(specOf(object)['controllerName'])] as const),
    ]),
    namespaces: readNamespaces(objects, core),
    services: new Map(services.map(service => [`${service.namespace}/${service.name}`, service])),
    serviceEntries: hosts,
    secrets: new Set(
      core
        .filter(object => object.kind === 'Secret')
        .map(nameObject)
        .map(secret => `${secret.namespace}/${secret.name}`),
    ),
  }
}

const specOf = (object: KubernetesObject): Fields => fieldsOf(object.spec)

/** The host names that a route asks for. */
export const hostnamesOf = (route: NamedObject): readonly string[] =>
  textsOf(specOf(route.object)['hostnames']).map(host => host.toLowerCase())

/** A namespace that some object is in exists, whether a file tells of it or not; Kubernetes labels it with its name. */
function readNamespaces(
  objects: readonly KubernetesObject[],
  core: readonly KubernetesObject[],
): GatewayApiObjects['namespaces'] {
  const namespaces = new Map<string, Readonly<Record<string, string>>>()
  const add = (name: string, labels: Readonly<Record<string, string>> = {}): void => {
    namespaces.set(name, { ...labels, 'kubernetes.io/metadata.name': name })
  }
  for (const object of objects) {
    // A text may hold an object without metadata, such as an IstioOperator.
    const { namespace } = fieldsOf(object.metadata)
    if (typeof namespace === 'string') add(namespace)
  }
  for (const { kind, metadata } of core) if (kind === 'Namespace') add(metadata.name, metadata.labels)
  return namespaces
}
