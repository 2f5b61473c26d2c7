import { buildMesh } from '../../src/domain/istio/mesh.ts'
import { decideRequest } from '../../src/domain/routing/decide-request.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import type { FilterChain, Json, Rendered } from './ask-istiod.ts'
import { askIstiod } from './ask-istiod.ts'
import type { CheckedConnections, ConnectionDisagreement } from './check-connections.ts'
import { clusterOf, nameOf } from './check-connections.ts'
import { textOf } from './generate-configuration.ts'
import type { GatewayConfiguration } from './generate-gateway-connections.ts'
import { GATEWAY_LABELS } from './generate-gateway-connections.ts'
import { chooseChain, passChain } from './interpret-listener.ts'

/** Asks istiod's listeners of a gateway and the product what becomes of each connection. */
export function checkGatewayConnections(
  programs: string,
  configurations: readonly GatewayConfiguration[],
): CheckedConnections {
  const answers = askIstiod(
    programs,
    configurations.map(({ objects }) => ({
      objects: textOf(objects),
      meshConfig: 'trustDomain: cluster.local\n',
      gatewayApiVersion: '1.6.0',
      proxy: {
        kind: 'gateway',
        namespace: 'istio-system',
        labels: GATEWAY_LABELS,
        serviceAccount: 'gw',
        ip: '10.9.9.9',
      },
    })),
  )
  const disagreements: ConnectionDisagreement[] = []
  let [requests, refused] = [0, 0]
  for (const [index, { seed, objects, requests: asked, targetPorts }] of configurations.entries()) {
    const answer = answers[index] ?? {}
    if (answer.error !== undefined) {
      if (process.env['POLICY_FUZZ_VERBOSE'] !== undefined) console.log(answer.error.slice(0, 300))
      refused += 1
      continue
    }
    const mesh = buildMesh(objects)
    for (const request of asked) {
      const expected = becomesOf(answer, request, targetPorts[request.port] ?? request.port)
      if (expected === undefined) continue
      requests += 1
      const actual = outcomeOf(decideRequest(mesh, request))
      if (asShares(expected) !== asShares(actual))
        disagreements.push({ seed, objects: textOf(objects), request, expected, actual })
    }
  }
  return { requests, refused, disagreements }
}

/** Weights as shares: istiod keeps those of the Gateway API as they are written, decisions have percents. */
function asShares(text: string): string {
  const parts = text.split(' ').map(part => part.split('=') as [string, string | undefined])
  const total = parts.reduce((sum, [, weight]) => sum + Number(weight ?? 0), 0)
  return parts
    .map(([name, weight]) => (weight === undefined ? name : `${name}=${(Number(weight) / total).toFixed(3)}`))
    .join(' ')
}

/** `closed`, `denied`, `http` where the gateway reads the request, else the clusters that get the bytes. */
function outcomeOf({ reason, outcome, destinations, arrivals }: ReturnType<typeof decideRequest>): string {
  // A policy of the whole mesh may refuse at the destination what the gateway let on.
  if (reason === 'denied' && arrivals.length === 0) return reason
  if (outcome === 'forwarded' || reason === 'no-destination' || arrivals.length > 0)
    return nameOf(destinations.map(({ cluster, weight }) => [cluster, weight] as const))
  return reason === 'no-virtual-host' || reason === 'no-route' || reason === 'tls-redirect'
    ? 'http'
    : 'closed'
}

/** Undefined where Envoy would refuse the listener, which it does when two chains ask for the same. */
function becomesOf({ listeners = [] }: Rendered, request: RoutingRequest, port: number): string | undefined {
  const listener = listeners.find(({ address }) => address?.socket_address?.port_value === port)
  if (listener === undefined) return 'closed'
  const wanted = (listener.filter_chains ?? []).flatMap(chain => namesOf(chain))
  if (new Set(wanted).size < wanted.length) return undefined
  const isTls = request.tls !== 'none'
  const sni = request.sni ?? request.host
  const handshake = {
    port,
    isTls,
    alpn: request.tls === 'istio' ? ['istio'] : [],
    hasMeshCertificate: request.tls === 'istio' || request.tls === 'mutual',
    ...(isTls ? { sni } : {}),
  }
  const chain = chooseChain(listener, handshake) ?? listener.default_filter_chain
  if (chain === undefined || !shakesHands(chain, request.tls)) return 'closed'
  const isHttp = chain.filters.some(({ name }) => name === 'envoy.filters.network.http_connection_manager')
  // Bytes of a handshake are no request.
  if (isHttp && isTls && chain.transport_socket === undefined) return 'closed'
  const { method, path, host, headers } = request
  const passed = passChain(chain, handshake, {
    method,
    path,
    host,
    headers,
    port,
    destinationIp: '10.9.9.9',
    sourceIp: '203.0.113.1',
    ...(isTls ? { sni } : {}),
  })
  if (passed === 'refused') return 'closed'
  if (passed === 'denied') return 'denied'
  return isHttp ? 'http' : clusterOf(chain)
}

/** What a chain asks for, one text for each name. */
const namesOf = ({ filter_chain_match: match = {} }: FilterChain): readonly string[] =>
  (match.server_names ?? ['']).map(name => `${name} ${(match.application_protocols ?? []).join(' ')}`)

/** Whether the chain's own TLS takes the connection: the certificate that it asks for tells whose it must be. */
function shakesHands(chain: FilterChain, tls: RoutingRequest['tls']): boolean {
  const config = chain.transport_socket?.typed_config
  if (config === undefined) return true
  if (tls === 'none') return false
  const common = (config['common_tls_context'] ?? {}) as Json
  const validation = JSON.stringify(
    common['combined_validation_context'] ?? common['validation_context'] ?? '',
  )
  if (validation === '""') return true
  const accepted = validation.includes('ROOTCA') ? 'istio' : 'mutual'
  if (tls === 'simple') return config['require_client_certificate'] !== true
  return tls === accepted
}
