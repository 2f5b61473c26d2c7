import { normalizeTarget } from '../../src/domain/routing/route/normalize-path.ts'
import type { Cluster, FilterChain, Json, Listener } from './ask-istiod.ts'
import type { Seen } from './envoy-matchers.ts'
import { isInRange, passesRbac } from './envoy-matchers.ts'

/** What a connection tells a listener before its filters run. */
export interface Handshaking {
  readonly port: number
  /** The address that the connection goes to, for listeners of many addresses. */
  readonly address?: string
  readonly isTls: boolean
  readonly alpn: readonly string[]
  readonly sni?: string
  readonly hasMeshCertificate: boolean
}

/**
 * The filter chain of a connection. Envoy looks at one property after another and does not go back to a wider choice:
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/listener/v3/listener_components.proto (FilterChainMatch).
 */
export function chooseChain(
  { filter_chains: chains = [] }: Listener,
  given: Handshaking,
): FilterChain | undefined {
  const narrow = (
    list: readonly FilterChain[],
    isNamed: (chain: FilterChain) => boolean,
    isOpen: (chain: FilterChain) => boolean,
  ): readonly FilterChain[] => {
    const named = list.filter(isNamed)
    return named.length > 0 ? named : list.filter(isOpen)
  }
  const match = (chain: FilterChain): NonNullable<FilterChain['filter_chain_match']> =>
    chain.filter_chain_match ?? {}
  let left = narrow(
    chains,
    chain => match(chain).destination_port === given.port,
    chain => match(chain).destination_port === undefined,
  )
  if (given.address !== undefined) left = narrowByAddress(left, given.address)
  left = narrowByName(left, given.sni)
  left = narrow(
    left,
    chain => match(chain).transport_protocol === (given.isTls ? 'tls' : 'raw_buffer'),
    chain => (match(chain).transport_protocol ?? '') === '',
  )
  left = narrow(
    left,
    chain => match(chain).application_protocols?.some(name => given.alpn.includes(name)) === true,
    chain => (match(chain).application_protocols ?? []).length === 0,
  )
  return left[0]
}

/** The chains of the longest range that has the address, else those of none. */
function narrowByAddress(list: readonly FilterChain[], address: string): readonly FilterChain[] {
  const rangesOf = (chain: FilterChain): readonly { address_prefix: string; prefix_len?: number }[] =>
    chain.filter_chain_match?.prefix_ranges ?? []
  const sizeOf = (chain: FilterChain): number =>
    Math.max(
      -1,
      ...rangesOf(chain)
        .filter(range => isInRange(range, address))
        .map(range => range.prefix_len ?? 0),
    )
  const best = Math.max(-1, ...list.map(sizeOf))
  return list.filter(chain => (best < 0 ? rangesOf(chain).length === 0 : sizeOf(chain) === best))
}

/** Exact names before wildcards, the longest wildcard first. */
function narrowByName(list: readonly FilterChain[], sni: string | undefined): readonly FilterChain[] {
  const namesOf = (chain: FilterChain): readonly string[] => chain.filter_chain_match?.server_names ?? []
  if (sni !== undefined) {
    const labels = sni.split('.')
    const wanted = [sni, ...labels.slice(1).map((_label, index) => `*.${labels.slice(index + 1).join('.')}`)]
    for (const name of wanted) {
      const found = list.filter(chain => namesOf(chain).includes(name))
      if (found.length > 0) return found
    }
  }
  return list.filter(chain => namesOf(chain).length === 0)
}

export type Passed = 'accepted' | 'refused' | 'denied'

/** What a chain does with a connection and its request: TLS, then the RBAC filters in order. */
export function passChain(chain: FilterChain | undefined, given: Handshaking, seen: Seen): Passed {
  if (chain === undefined || chain.filters.length === 0) return 'refused'
  const tls = chain.transport_socket?.typed_config
  if (tls?.['require_client_certificate'] === true && !given.hasMeshCertificate) return 'refused'
  const filters = chain.filters.flatMap(({ name, typed_config: config = {} }) =>
    name === 'envoy.filters.network.http_connection_manager'
      ? (config['http_filters'] as readonly { name: string; typed_config: Json }[])
      : [{ name, typed_config: config }],
  )
  const isHttp = chain.filters.some(({ name }) => name === 'envoy.filters.network.http_connection_manager')
  const hasToken = filters.some(({ name }) => name === 'envoy.filters.http.jwt_authn')
  const { claims, ...rest } = isHttp ? normalized(seen, chain) : seen
  const own: Seen = hasToken && isHttp && claims !== undefined ? { ...rest, claims } : rest
  const isLetOn = filters.every(({ name, typed_config: config }) =>
    /rbac/.test(name) ? passesRbac(config, own) : true,
  )
  return isLetOn ? 'accepted' : 'denied'
}

/**
 * A request with its path as the chain's HTTP filter says. How Envoy does it is the product's own code here: whether that
 * does the same is held against the real Envoy by `fuzz/routing` (for BASE) and by its unit tests.
 */
function normalized(seen: Seen, chain: FilterChain): Seen {
  const manager = chain.filters.find(({ name }) => name === 'envoy.filters.network.http_connection_manager')
  const config = manager?.typed_config ?? {}
  if (config['normalize_path'] !== true) return seen
  const mode =
    config['path_with_escaped_slashes_action'] === 'UNESCAPE_AND_FORWARD'
      ? 'DECODE_AND_MERGE_SLASHES'
      : config['merge_slashes'] === true
        ? 'MERGE_SLASHES'
        : 'BASE'
  return { ...seen, path: normalizeTarget(seen.path, mode) }
}

/** How a proxy encrypts towards a cluster. */
export function clientTlsOf(cluster: Cluster): 'automatic' | 'istio-mutual' | 'mutual' | 'simple' | 'none' {
  const { transport_socket: socket, transport_socket_matches: matches = [] } = cluster
  if (matches.some(({ name }) => name === 'tlsMode-istio')) return 'automatic'
  if (socket === undefined || socket.name !== 'envoy.transport_sockets.tls') return 'none'
  const common = (socket.typed_config['common_tls_context'] ?? {}) as Json
  const alpn = (common['alpn_protocols'] ?? []) as readonly string[]
  if (alpn.some(name => name.startsWith('istio'))) return 'istio-mutual'
  const secrets = (common['tls_certificate_sds_secret_configs'] ?? []) as readonly Json[]
  return secrets.length > 0 || 'tls_certificates' in common ? 'mutual' : 'simple'
}
