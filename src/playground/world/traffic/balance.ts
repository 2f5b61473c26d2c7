import type { HashKey, LoadBalancer } from '../../../domain/routing/policy/traffic-policy.ts'
import type { Endpoint } from './endpoints.ts'
import type { TravellingRequest } from './request.ts'

/**
 * Each endpoint in turn, which is what LEAST_REQUEST comes to where requests are alike; any where it is RANDOM; always
 * the same one for a key that the requests carry. A request without the key goes to any.
 * Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#LoadBalancerSettings
 */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  { algorithm, hash }: LoadBalancer,
  request: TravellingRequest,
  sourceIp: string,
  turn: number,
  random: () => number,
): Endpoint | undefined {
  if (hash !== undefined) {
    const value = valueOf(hash, request, sourceIp)
    if (value !== undefined) return chooseByHash(endpoints, value)
  }
  if (algorithm === 'RANDOM' || algorithm === 'CONSISTENT_HASH')
    return endpoints[Math.floor(random() * endpoints.length)]
  return endpoints[turn % endpoints.length]
}

function valueOf(hash: HashKey, { headers, path }: TravellingRequest, sourceIp: string): string | undefined {
  switch (hash.by) {
    case 'header':
      return headers[hash.name]
    case 'query-parameter':
      return new URLSearchParams(path.split('?')[1] ?? '').get(hash.name) ?? undefined
    case 'cookie':
      return headers['cookie']
        ?.split(';')
        .map(item => item.trim())
        .find(item => item.startsWith(`${hash.name}=`))
    case 'source-ip':
      return sourceIp
  }
}

/** Rendezvous hashing: an endpoint that comes or goes moves no other key. */
function chooseByHash(endpoints: readonly Endpoint[], value: string): Endpoint | undefined {
  const scoreOf = ({ key }: Endpoint): number => {
    let hash = 0x811c9dc5
    for (const byte of Buffer.from(`${key} ${value}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
    // The last bytes alone would hardly move the high bits.
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  }
  return endpoints.reduce<Endpoint | undefined>(
    (best, endpoint) => (best === undefined || scoreOf(endpoint) > scoreOf(best) ? endpoint : best),
    undefined,
  )
}
