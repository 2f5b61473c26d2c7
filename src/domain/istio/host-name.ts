/**
 * Istio reads a name without a dot relative to the namespace of the object that holds it; every name with a
 * dot is taken as it is (so `myapp.default` is not the Service).
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService (hosts).
 */
export const qualifyHost = (host: string, namespace: string, clusterDomain: string): string =>
  host === '*' || host.includes('.')
    ? host.toLowerCase()
    : `${host.toLowerCase()}.${namespace}.svc.${clusterDomain}`

export const isWildcard = (host: string): boolean => host.startsWith('*')

/** Whether every name that `host` stands for is also one of `pattern` (either may begin with `*`). */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true
  if (!isWildcard(pattern)) return false
  const suffix = pattern.slice(1)
  const rest = isWildcard(host) ? host.slice(1) : host
  return rest.length >= suffix.length && rest.endsWith(suffix) && (isWildcard(host) || rest !== suffix)
}

/** The names that two hosts share: the narrower of the two, or undefined. */
export const intersectHosts = (one: string, other: string): string | undefined =>
  hostCovers(one, other) ? other : hostCovers(other, one) ? one : undefined

/**
 * The pattern that Envoy and Istio prefer for a host: the exact one, else the longest wildcard, else `*`.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto (VirtualHost.domains).
 */
export function mostSpecific<T>(host: string, entries: Iterable<readonly [string, T]>): T | undefined {
  let best: readonly [string, T] | undefined
  for (const entry of entries) {
    if (entry[0] === host) return entry[1]
    if (hostCovers(entry[0], host) && (best === undefined || entry[0].length > best[0].length)) best = entry
  }
  return best?.[1]
}
