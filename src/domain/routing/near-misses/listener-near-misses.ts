import { hostCovers, mostSpecific } from '../../istio/host-name.ts'
import type { Gateway } from '../../istio/gateway.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import type { ConsideredRule, RejectionReason } from '../decision.ts'
import type { OpenServer } from '../listener/gateway-servers.ts'
import { isSecure, serversOnPort } from '../listener/gateway-servers.ts'
import type { RoutingRequest } from '../request.ts'
import { askedHost } from './host-relations.ts'
import { missOf, titleOf } from './near-miss.ts'

/** The routes for a host that the listeners of a gateway's proxy do not take. */
export function deniedRouteMisses(mesh: Mesh, request: RoutingRequest): readonly ConsideredRule[] {
  const name = askedHost(request)
  const { from, port } = request
  return mesh.deniedRoutes
    .filter(
      item =>
        item.port === port &&
        (item.hostnames.length === 0 || item.hostnames.some(host => hostCovers(host, name))) &&
        mesh.gateways.some(
          ({ source, selector, proxyNamespace = from.namespace }) =>
            source?.name === item.owner.name &&
            source.namespace === item.owner.namespace &&
            proxyNamespace === from.namespace &&
            selects(selector, from.labels),
        ),
    )
    .map(({ route, field, message, owner, section, isOwnersField }) =>
      missOf(
        route,
        field,
        `listener "${section}" of ${titleOf(owner)} does not take it: ${message}`,
        isOwnersField ? owner : undefined,
      ),
    )
}

/** The routes for a host whose parents are not there; mostly one of the same name whose namespace was left out. */
export function unattachedRouteMisses(mesh: Mesh, request: RoutingRequest): readonly ConsideredRule[] {
  const name = askedHost(request)
  const own = mesh.gateways.filter(gateway => isServedBy(gateway, request))
  return mesh.unattachedRoutes
    .filter(({ hostnames }) => hostnames.length === 0 || hostnames.some(host => hostCovers(host, name)))
    .map(({ route, index, parent }) => {
      const meant = own.find(({ source }) => source?.name === parent.name)
      return missOf(
        route,
        `spec.parentRefs[${String(index)}]`,
        `it names ${titleOf(parent)}, which does not exist${meant === undefined ? '' : `; did you mean ${titleOf(meant)}?`}`,
        meant,
      )
    })
}

/** Listeners on the port of the request that are not open, and the caller's own Gateway where it is not Istio's. */
export const closedListenerMisses = (
  mesh: Mesh,
  request: RoutingRequest,
  reason: RejectionReason | undefined,
): readonly ConsideredRule[] =>
  reason !== 'no-listener' && reason !== 'no-filter-chain' && reason !== 'no-virtual-host'
    ? []
    : mesh.closedListeners
        .filter(({ owner, port }) =>
          port === undefined
            ? owner.namespace === request.from.namespace &&
              request.from.labels['gateway.networking.k8s.io/gateway-name'] === owner.name
            : port === request.port && owner.namespace === request.from.namespace,
        )
        .map(({ owner, field, reason: why }) => missOf(owner, field, why))

/** A route for the host that is attached to other listeners, and not to the one of the request. */
export function otherListenerMiss(
  mesh: Mesh,
  request: RoutingRequest,
  route: VirtualService,
): readonly ConsideredRule[] {
  const gateways = mesh.gateways.filter(gateway =>
    route.gateways.includes(`${gateway.namespace}/${gateway.name}`),
  )
  const [first] = gateways
  if (first?.source === undefined) return []
  const isOwn = gateways.some(gateway => isServedBy(gateway, request))
  const listener = `listener "${first.source.section}" (port ${String(first.servers[0]?.port.number ?? 0)}) of ${titleOf(first)}`
  return [
    missOf(
      { ...route, name: route.object.metadata.name },
      'spec.parentRefs',
      isOwn
        ? `it is attached to ${listener}, and the request came to port ${String(request.port)}`
        : `it is attached to ${listener}, which is another gateway`,
      first,
    ),
  ]
}

const isServedBy = ({ selector, proxyNamespace }: Gateway, { from }: Pick<RoutingRequest, 'from'>): boolean =>
  (proxyNamespace ?? from.namespace) === from.namespace && selects(selector, from.labels)

/**
 * Where the server's name of the handshake chose another listener than the Host asks for: a browser reuses a connection for
 * every name of its certificate. Names both. Source: https://gateway-api.sigs.k8s.io/geps/gep-3567/
 */
export function serverNameMisses(mesh: Mesh, request: RoutingRequest): readonly ConsideredRule[] {
  const host = askedHost(request)
  const serverName = (request.sni ?? host).toLowerCase()
  if (request.tls === 'none' || serverName === host) return []
  const servers = serversOnPort(mesh, request.from, request.port).filter(({ server }) => isSecure(server))
  const [chosen, meant] = [findServer(servers, serverName), findServer(servers, host)]
  if (chosen === undefined || meant === undefined || chosen === meant) return []
  return [
    {
      ...missOf(meant.gateway, fieldOf(meant), '', chosen.gateway),
      reason: `the server name ${serverName} of the connection chose ${describe(chosen)}, whose routes alone are asked; host ${host} is for ${describe(meant)}`,
    },
  ]
}

const bareHost = (host: string): string => host.slice(host.indexOf('/') + 1)

const findServer = (servers: readonly OpenServer[], name: string): OpenServer | undefined =>
  mostSpecific(
    name,
    servers.flatMap(item => item.server.hosts.map(host => [bareHost(host), item] as const)),
  )

const fieldOf = ({ gateway, server }: OpenServer): string =>
  gateway.source === undefined
    ? `spec.servers[${String(server.index)}].hosts`
    : `spec.listeners["${gateway.source.section}"].hostname`

function describe({ gateway, server }: OpenServer): string {
  const hosts = server.hosts.map(bareHost).join(', ')
  return gateway.source === undefined
    ? `server ${String(server.index + 1)} (${hosts}) of ${titleOf(gateway)}`
    : `listener "${gateway.source.section}" (${hosts}) of ${titleOf(gateway)}`
}
