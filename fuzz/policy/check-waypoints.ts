import { buildMesh } from '../../src/domain/istio/mesh.ts'
import { passWaypoint } from '../../src/domain/routing/ambient/pass-waypoint.ts'
import { identify } from '../../src/domain/routing/endpoint/caller-identity.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import type { FilterChain, Json, Rendered } from './ask-istiod.ts'
import { askIstiod } from './ask-istiod.ts'
import type { CheckedConnections, ConnectionDisagreement } from './check-connections.ts'
import { clusterOf, nameOf } from './check-connections.ts'
import { textOf } from './generate-configuration.ts'
import type { WaypointConfiguration } from './generate-waypoints.ts'
import { CALLER_IP, SERVICE_ADDRESSES, WAYPOINT, WAYPOINT_LABELS } from './generate-waypoints.ts'
import { passChain } from './interpret-listener.ts'

/** Asks istiod's listener of a waypoint and the product what becomes of each request. */
export function checkWaypoints(
  programs: string,
  configurations: readonly WaypointConfiguration[],
): CheckedConnections {
  const answers = askIstiod(
    programs,
    configurations.map(({ objects }) => ({
      objects: textOf(objects),
      meshConfig: 'trustDomain: cluster.local\n',
      ambient: true,
      proxy: {
        kind: 'waypoint',
        namespace: WAYPOINT.namespace,
        labels: WAYPOINT_LABELS,
        serviceAccount: WAYPOINT.name,
        ip: WAYPOINT.ip,
      },
    })),
  )
  const disagreements: ConnectionDisagreement[] = []
  let [requests, refused] = [0, 0]
  for (const [index, { seed, objects, requests: asked }] of configurations.entries()) {
    const answer = answers[index] ?? {}
    if (answer.error !== undefined) {
      if (process.env['POLICY_FUZZ_VERBOSE'] !== undefined) console.log(answer.error.slice(0, 300))
      refused += 1
      continue
    }
    const mesh = buildMesh(objects)
    for (const request of asked) {
      requests += 1
      const expected = becomesOf(answer, request)
      const passed = passWaypoint(mesh, request, identify(mesh, request.from))
      const { decision, entry } = passed ?? {}
      const actual =
        decision === undefined
          ? 'no waypoint'
          : entry?.isAccepted === false
            ? 'denied'
            : decision.destinations.length === 0
              ? (decision.reason ?? decision.outcome)
              : nameOf(decision.destinations.map(({ cluster, weight }) => [cluster, weight] as const))
      if (expected !== actual)
        disagreements.push({ seed, objects: textOf(objects), request, expected, actual })
    }
  }
  return { requests, refused, disagreements }
}

function becomesOf({ listeners = [] }: Rendered, request: RoutingRequest): string {
  const listener = listeners.find(({ name }) => name === 'main_internal')
  if (listener === undefined) return 'no listener'
  const { matcher } = { matcher: (listener as unknown as Json)['filter_chain_matcher'] }
  const name = chainNameOf(matcher as Json, request)
  const chain = listener.filter_chains?.find(item => item.name === name)
  if (chain === undefined) return 'no chain'
  const isTls = request.tls !== 'none'
  const passed = passChain(
    chain,
    { port: request.port, isTls, alpn: [], hasMeshCertificate: true },
    {
      method: request.method,
      path: request.path,
      host: request.host,
      headers: request.headers,
      port: request.port,
      destinationIp: SERVICE_ADDRESSES[request.host] ?? '',
      sourceIp: CALLER_IP,
      principal: 'spiffe://cluster.local/ns/amb/sa/web',
    },
  )
  return passed === 'accepted' ? (routeOf(chain, request) ?? clusterOf(chain)) : passed
}

/** The chain that the listener's tree of matchers names for an address, a port and what the bytes are. */
function chainNameOf(matcher: Json | undefined, request: RoutingRequest): string | undefined {
  if (matcher === undefined) return undefined
  const tree = (matcher['matcher_tree'] ?? {}) as Json
  const follow = (found: unknown): string | undefined => {
    const next = (found ?? matcher['on_no_match']) as Json | undefined
    const action = next?.['action'] as { readonly name: string } | undefined
    return action?.name ?? chainNameOf(next?.['matcher'] as Json | undefined, request)
  }
  const map = ((tree['exact_match_map'] as Json | undefined)?.['map'] ?? {}) as Json
  switch ((tree['input'] as { readonly name: string } | undefined)?.name) {
    case 'ip': {
      const custom = (tree['custom_match'] as Json)['typed_config'] as Json
      const ranges = custom['range_matchers'] as readonly {
        readonly ranges: readonly { readonly address_prefix: string }[]
        readonly on_match: Json
      }[]
      const address = SERVICE_ADDRESSES[request.host]
      return follow(ranges.find(item => item.ranges.some(one => one.address_prefix === address))?.on_match)
    }
    case 'port':
      return follow(map[String(request.port)])
    default: {
      const isHttp = request.tls === 'none' && request.protocol !== 'tcp'
      return follow(isHttp ? map["'http/1.1'"] : undefined)
    }
  }
}

interface Route {
  readonly match: {
    readonly prefix?: string
    readonly path?: string
    readonly path_separated_prefix?: string
  }
  readonly route?: {
    readonly cluster?: string
    readonly weighted_clusters?: { readonly clusters: readonly { name: string; weight?: number }[] }
  }
}

/** Where the first route of a chain's own table that fits sends a request; undefined for a chain of bytes. */
function routeOf(chain: FilterChain, { path }: RoutingRequest): string | undefined {
  const manager = chain.filters.find(({ name }) => name === 'envoy.filters.network.http_connection_manager')
  if (manager === undefined) return undefined
  const table = (manager.typed_config?.['route_config'] ?? {}) as {
    readonly virtual_hosts?: readonly { readonly routes?: readonly Route[] }[]
  }
  const found = table.virtual_hosts?.[0]?.routes?.find(
    ({ match }) =>
      match.path === path ||
      (match.prefix !== undefined && path.startsWith(match.prefix)) ||
      (match.path_separated_prefix !== undefined && `${path}/`.startsWith(`${match.path_separated_prefix}/`)),
  )
  if (found?.route === undefined) return 'no-route'
  const { cluster, weighted_clusters: weighted } = found.route
  return cluster ?? nameOf((weighted?.clusters ?? []).map(({ name, weight }) => [name, weight ?? 0] as const))
}
