import { aliasOf } from '../../istio/aliases.ts'
import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import type { RouteTarget } from '../../istio/virtual-service.ts'
import { addVisible, hasVisiblePort, isExportedTo, visibleServices } from '../../istio/visibility.ts'
import type { Destination } from '../decision.ts'
import { egressScope } from '../listener/egress-scope.ts'
import type { Caller } from '../request.ts'

/** Istio's name of an outbound Envoy cluster. */
export const clusterName = (port: number, subset: string | undefined, host: string): string =>
  `outbound|${String(port)}|${subset ?? ''}|${host}`

/** What an Envoy cluster's name says; undefined for names of another form, such as `PassthroughCluster`. */
export function readClusterName(
  cluster: string,
):
  | { readonly direction: string; readonly port: number; readonly subset?: string; readonly host: string }
  | undefined {
  const [direction, port, subset, host] = cluster.split('|')
  if (direction === undefined || host === undefined || (direction !== 'outbound' && direction !== 'inbound'))
    return undefined
  return { direction, port: Number(port), host, ...(subset === undefined || subset === '' ? {} : { subset }) }
}

/**
 * The destination that a target means: its port is the one it names, else the port that the request came to. At a
 * gateway the only port of a service comes first; a sidecar's listener looks at services of its own port alone, so
 * there a service of another port is not found (istiod 1.31 sends `outbound|80||…` for one that has 8080 only). Source: `GetDestinationCluster` in istio's pilot/pkg/networking/core/route/route.go.
 */
export function resolveTarget(
  mesh: Mesh,
  caller: Caller,
  target: Pick<RouteTarget, 'host' | 'subset' | 'port'>,
  listenerPort: number,
  ownerNamespace?: string,
): Omit<Destination, 'weight'> {
  // What istiod calls a backend of the Gateway API that may not be used.
  if (target.host === '') return { host: '', port: listenerPort, cluster: 'UnknownService' }
  const alias = aliasOf(mesh, target.host)
  const service =
    caller.kind === 'gateway'
      ? (alias ?? findTargetService(mesh, caller, target.host, ownerNamespace))
      : undefined
  const only = service?.ports.length === 1 ? service.ports[0]?.number : undefined
  const port = target.port ?? only ?? listenerPort
  // One step only: the alias of an alias leads to no cluster.
  const host = alias?.aliasFor ?? target.host
  return {
    host,
    port,
    ...(target.subset === undefined ? {} : { subset: target.subset }),
    cluster: clusterName(port, target.subset, host),
  }
}

/**
 * Whether a sidecar's listener knows an ExternalName Service that a rule names as its destination: it looks at Services
 * that declare its own port and that a Sidecar lets through, and leaves the name of others, for which it has no cluster.
 * Source: `BuildSidecarOutboundVirtualHosts` in istio's pilot/pkg/networking/core/httproute.go, whose services
 * `GetDestinationCluster` (route/route.go) looks at, and `selectServices` in pilot/pkg/model/sidecar.go.
 */
export function isResolvable(
  mesh: Mesh,
  caller: Caller,
  { host }: Pick<RouteTarget, 'host'>,
  listenerPort: number,
): boolean {
  if (caller.kind === 'gateway' || aliasOf(mesh, host) === undefined) return true
  return egressScope(mesh, caller, listenerPort).aliases.some(
    alias => alias.host === host && portOf(alias, listenerPort) !== undefined,
  )
}

/** A gateway looks in the VirtualService's namespace first: `buildNameToServiceMapForHTTPRoutes` in istio's gateway.go. */
function findTargetService(
  mesh: Mesh,
  caller: Caller,
  host: string,
  ownerNamespace: string | undefined,
): MeshService | undefined {
  const own = ownerNamespace === undefined ? undefined : serviceOf(mesh, host, ownerNamespace)
  return own !== undefined && isExportedTo(own.exportTo, own.namespace, caller.namespace)
    ? own
    : gatewayServices(mesh, caller.namespace).get(host)
}

/**
 * The services of a gateway's proxy by host: a Kubernetes Service first, then what is exported to its namespace by
 * name, then the oldest, with the ports of others of its kind. Source: `DefaultSidecarScopeForGateway` in istio's pilot/pkg/model/sidecar.go.
 */
const gatewayServices = memoizeByKey(
  (namespace: string) => namespace,
  (mesh: Mesh, namespace: string): ReadonlyMap<string, MeshService> => {
    const isPublic = ({ exportTo }: MeshService): boolean => exportTo.length === 0 || exportTo.includes('*')
    const entries = mesh.serviceEntries
    const services = new Map<string, MeshService>()
    for (const service of [
      ...mesh.services,
      ...entries.filter(entry => !isPublic(entry)),
      ...entries.filter(isPublic),
    ])
      if (isExportedTo(service.exportTo, service.namespace, namespace)) addVisible(services, service)
    return services
  },
)

const serviceOf = memoizeByKey(
  (host: string, namespace: string) => `${namespace}/${host}`,
  (mesh: Mesh, host: string, namespace: string): MeshService | undefined =>
    [...mesh.services, ...mesh.serviceEntries].find(
      service => service.host === host && service.namespace === namespace,
    ),
)

/** Whether the caller's proxy has the destination's cluster: the host, the port and the subset must all exist. */
export function hasCluster(mesh: Mesh, caller: Caller, destination: Omit<Destination, 'weight'>): boolean {
  const { host, port } = destination
  const service = visibleServices(mesh, caller.namespace).get(host)
  const hasPort =
    caller.kind === 'gateway'
      ? hasVisiblePort(mesh, caller.namespace, host, port)
      : service !== undefined && portOf(service, port) !== undefined
  if (!hasPort) return false
  return (
    destination.subset === undefined ||
    destinationRulesFor(mesh, destination.host, caller.namespace, caller.labels).subsets.has(
      destination.subset,
    )
  )
}

/** Where istiod sends what the mesh does not know and must not leave it. */
export const blackHole = ({ host, port }: { readonly host: string; readonly port: number }): Destination => ({
  host,
  port,
  weight: 100,
  cluster: 'BlackHoleCluster',
})

/** The service alone as the destination of all requests. */
export const wholeService = (service: MeshService, port: number): Destination => ({
  host: service.host,
  port,
  weight: 100,
  cluster: clusterName(port, undefined, service.host),
})
