import { buildMesh } from '../../src/domain/istio/mesh.ts'
import { decide } from '../../src/domain/routing/route/resolve.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import type { FilterChain, Json, Listener, Rendered } from './ask-istiod.ts'
import { askIstiod } from './ask-istiod.ts'
import { textOf } from './generate-configuration.ts'
import type { ConnectionConfiguration } from './generate-connections.ts'
import { addressOf } from './generate-connections.ts'
import { chooseChain } from './interpret-listener.ts'

export interface ConnectionDisagreement {
  readonly seed: number
  readonly objects: string
  readonly request: RoutingRequest
  readonly expected: string
  readonly actual: string
}

export interface CheckedConnections {
  readonly requests: number
  readonly refused: number
  readonly disagreements: readonly ConnectionDisagreement[]
}

/** Asks istiod's listeners and the product where each connection goes. */
export function checkConnections(
  programs: string,
  configurations: readonly ConnectionConfiguration[],
): CheckedConnections {
  const answers = askIstiod(
    programs,
    configurations.map(({ objects, outboundTrafficPolicy }) => ({
      objects: textOf(objects),
      meshConfig: `outboundTrafficPolicy: {mode: ${outboundTrafficPolicy}}\n`,
      proxy: {
        kind: 'sidecar',
        namespace: 'default',
        labels: { app: 'web' },
        serviceAccount: 'web',
        ip: '10.9.9.9',
      },
    })),
  )
  const disagreements: ConnectionDisagreement[] = []
  let [requests, refused] = [0, 0]
  for (const [index, { seed, objects, outboundTrafficPolicy, requests: asked }] of configurations.entries()) {
    const answer = answers[index] ?? {}
    if (answer.error !== undefined) {
      if (process.env['POLICY_FUZZ_VERBOSE'] !== undefined) console.log(answer.error.slice(0, 300))
      refused += 1
      continue
    }
    const mesh = buildMesh(objects, { outboundTrafficPolicy })
    for (const request of asked) {
      requests += 1
      const expected = goesTo(answer, request)
      const decision = decide(mesh, request)
      // Only the caller's DNS knows the address that a rule asks for.
      if (decision.unknown.length > 0) continue
      const actual =
        decision.outcome === 'forwarded' || decision.reason === 'no-destination'
          ? nameOf(decision.destinations.map(({ cluster, weight }) => [cluster, weight] as const))
          : 'BlackHoleCluster'
      // A Service's address answers on its own ports alone, which istiod leaves to the cluster.
      const isLeft = decision.reason === 'no-listener' && addressOf(request).startsWith('10.')
      if (isLeft && expected === 'PassthroughCluster') continue
      if (expected !== actual)
        disagreements.push({ seed, objects: textOf(objects), request, expected, actual })
    }
  }
  return { requests, refused, disagreements }
}

/** One name for where a connection goes: the cluster, or all of them with their weights. */
export const nameOf = (clusters: readonly (readonly [string, number])[]): string =>
  clusters.length === 1
    ? (clusters[0]?.[0] ?? '')
    : clusters.map(([name, weight]) => `${name}=${String(weight)}`).join(' ')

/** The listener of the connection's address, else of all addresses, else the one for what no other takes. */
function goesTo({ listeners = [] }: Rendered, request: RoutingRequest): string {
  const at = (address: string): Listener | undefined =>
    listeners.find(
      ({ address: own }) =>
        own?.socket_address?.address === address && own.socket_address.port_value === request.port,
    )
  const listener =
    at(addressOf(request)) ?? at('0.0.0.0') ?? listeners.find(({ name }) => name === 'virtualOutbound')
  if (listener === undefined) throw new Error('no listener')
  const isTls = request.tls !== 'none'
  const chain = chooseChain(listener, {
    port: request.port,
    address: addressOf(request),
    isTls,
    alpn: [],
    hasMeshCertificate: false,
    ...(isTls ? { sni: request.sni ?? request.host } : {}),
  })
  return clusterOf(chain ?? listener.default_filter_chain)
}

/** The clusters that a filter chain sends bytes to. */
export function clusterOf(chain: FilterChain | undefined): string {
  const config: Json =
    chain?.filters.find(({ name }) => name === 'envoy.filters.network.tcp_proxy')?.typed_config ?? {}
  if (typeof config['cluster'] === 'string') return config['cluster']
  const { clusters = [] } = (config['weighted_clusters'] ?? {}) as {
    clusters?: readonly { name: string; weight: number }[]
  }
  return nameOf(clusters.map(({ name, weight }) => [name, weight] as const))
}
