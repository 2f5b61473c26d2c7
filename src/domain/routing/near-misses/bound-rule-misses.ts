import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import type { ConsideredRule, RejectionReason } from '../decision.ts'
import { explainClosing, servedBy } from '../listener/gateway-connections.ts'
import type { OpenServer } from '../listener/gateway-servers.ts'
import { isSecure, serversOnPort } from '../listener/gateway-servers.ts'
import type { RoutingRequest } from '../request.ts'
import { findAbsence, rulesOf } from '../route/rules.ts'
import { askedHost, hostIndex } from './host-relations.ts'
import { missOf } from './near-miss.ts'

/** More objects with other hosts are not told. */
const MAX_OTHERS = 5

/**
 * Why the objects that are bound to the gateway for a host have no rule there: those of the wrong list, those whose rules
 * are all for others, and those of other hosts where nobody has the host at all.
 */
export function boundRuleMisses(
  mesh: Mesh,
  request: RoutingRequest,
  bound: readonly VirtualService[],
  reason: RejectionReason | undefined,
): readonly ConsideredRule[] {
  const isClosed = reason === 'no-filter-chain' || reason === 'protocol-error'
  if (!isClosed && reason !== 'no-virtual-host') return []
  const servers = serversOnPort(mesh, request.from, request.port)
  const rules = isClosed ? explainConnections(mesh, request, servers) : explainHttpRules(mesh, request, bound)
  const others = rules.length > 0 ? [] : otherHosts(mesh, request, servers)
  return [...rules, ...others]
}

/** The server reads requests: an object without `http` rules, or with none for this gateway, says nothing there. */
const explainHttpRules = (
  mesh: Mesh,
  request: RoutingRequest,
  bound: readonly VirtualService[],
): readonly ConsideredRule[] =>
  bound.flatMap(item => {
    if (item.http.length === 0)
      return [
        missOf(
          named(item),
          item.isGatewayApi === true ? 'spec.rules' : 'spec.http',
          'it has no http rules, and the gateway reads the requests of this port',
        ),
      ]
    return rulesOf(mesh, item).flatMap(({ reference, matches }): readonly ConsideredRule[] =>
      item.gateways.flatMap((gateway): readonly ConsideredRule[] => {
        const absence =
          gateway === 'mesh' ? undefined : findAbsence(matches, request.from, gateway, request.port)
        const { match } = reference
        return absence === undefined
          ? []
          : [
              {
                route: reference,
                matched: false,
                reason: absence.reason,
                field: `spec.http[${String(reference.rule)}]${match === undefined ? '' : `.match[${String(match)}]`}.${absence.field}`,
              },
            ]
      }),
    )
  })

/** The server passes bytes on: each `tls` and `tcp` rule with its reason, and objects that have `http` rules alone. */
function explainConnections(
  mesh: Mesh,
  request: RoutingRequest,
  all: readonly OpenServer[],
): readonly ConsideredRule[] {
  const servers = all.filter(({ server }) => isSecure(server) === (request.tls !== 'none'))
  const name = askedHost(request)
  const wrongList = servers.flatMap(item => {
    const passes = item.server.tls.mode === 'PASSTHROUGH'
    if (!passes && item.server.port.protocol !== 'TLS' && item.server.port.protocol !== 'TCP') return []
    return servedBy(mesh, request, item)
      .filter(({ hosts, tls, tcp }) => tls.length + tcp.length === 0 && covers(hosts, name))
      .map(own =>
        missOf(
          named(own),
          passes ? 'spec.tls' : 'spec.tcp',
          `it has no ${passes ? 'tls' : 'tcp'} rules, and the gateway does not read the requests of this port`,
        ),
      )
  })
  return [...explainClosing(mesh, request, servers), ...wrongList]
}

const covers = (hosts: readonly string[], name: string): boolean => hosts.some(host => hostCovers(host, name))

/** Nobody has the host: those that the gateway serves for others, the one with the most similar host first. */
function otherHosts(
  mesh: Mesh,
  request: RoutingRequest,
  servers: readonly OpenServer[],
): readonly ConsideredRule[] {
  const name = askedHost(request)
  const bound = new Set(servers.map(({ gateway }) => `${gateway.namespace}/${gateway.name}`))
  return mesh.virtualServices
    .filter(
      item => item.gateways.some(gateway => bound.has(gateway)) && hostIndex(item, [name]) === undefined,
    )
    .map(item => ({ item, likeness: Math.max(0, ...item.hosts.map(host => commonEnds(host, name))) }))
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, MAX_OTHERS)
    .map(({ item }) =>
      missOf(
        named(item),
        item.isGatewayApi === true ? 'spec.hostnames' : 'spec.hosts',
        `its host${item.hosts.length === 1 ? '' : 's'} ${item.hosts.map(host => `"${host}"`).join(', ')} ${item.hosts.length === 1 ? 'does' : 'do'} not cover ${name}`,
      ),
    )
}

/** How many characters two names begin and end with in common. */
function commonEnds(one: string, other: string): number {
  let [start, end] = [0, 0]
  const shortest = Math.min(one.length, other.length)
  while (start < shortest && one[start] === other[start]) start += 1
  while (end < shortest - start && one.at(-1 - end) === other.at(-1 - end)) end += 1
  return start + end
}

/** What istiod makes of a route is named by the route. */
export const named = (item: VirtualService): VirtualService =>
  item.isGatewayApi === true ? { ...item, name: item.object.metadata.name } : item
