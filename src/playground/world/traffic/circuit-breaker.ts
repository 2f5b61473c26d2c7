import type { ConnectionPool, OutlierDetection } from '../../../domain/routing/policy/traffic-policy.ts'

/** Milliseconds for which a finished request is remembered. */
const longestOverlap = 500

/** The requests that one proxy has under way to one cluster, against the limits of its connection pool. */
export class Pool {
  #requests: { readonly start: number; readonly end: number }[] = []

  /**
   * When a request of this moment gets a connection; undefined where the pool overflows. Each HTTP/1.1 request takes a
   * connection; what finds none waits, up to the limit of pending requests.
   * Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/circuit_breaking
   */
  admit(at: number, limits: ConnectionPool): number | undefined {
    // Requests are worked out one after the other, so that one may come that begins before the last one ended.
    this.#requests = this.#requests.filter(({ end }) => end > at - longestOverlap)
    const ends = this.#requests.flatMap(({ start, end }) => (start <= at && end > at ? [end] : []))
    const active = ends.length
    if (limits.http2MaxRequests !== undefined && active >= limits.http2MaxRequests) return undefined
    const { maxConnections } = limits
    if (maxConnections === undefined || active < maxConnections) return at
    const waiting = active - maxConnections
    if (waiting >= (limits.http1MaxPendingRequests ?? Infinity)) return undefined
    return ends.sort((one, other) => one - other)[waiting] ?? at
  }

  occupy(start: number, end: number): void {
    this.#requests.push({ start, end })
  }
}

interface Health {
  serverErrors: number
  gatewayErrors: number
  ejections: number
  ejectedUntil: number
}

/** Which endpoints of a cluster one proxy has stopped sending to. */
export class Outliers {
  readonly #health = new Map<string, Health>()

  isEjected(endpoint: string, at: number): boolean {
    return (this.#health.get(endpoint)?.ejectedUntil ?? 0) > at
  }

  /** Counts an answer, and ejects the endpoint where the errors in a row are too many. */
  record(
    endpoint: string,
    status: number,
    at: number,
    rules: OutlierDetection,
    endpoints: readonly string[],
  ): void {
    let health = this.#health.get(endpoint)
    if (health === undefined)
      this.#health.set(
        endpoint,
        (health = { serverErrors: 0, gatewayErrors: 0, ejections: 0, ejectedUntil: 0 }),
      )
    health.serverErrors = status >= 500 || status === 0 ? health.serverErrors + 1 : 0
    health.gatewayErrors = status === 0 || (status >= 502 && status <= 504) ? health.gatewayErrors + 1 : 0
    const isOver = (count: number, limit: number): boolean => limit > 0 && count >= limit
    if (
      !isOver(health.serverErrors, rules.consecutive5xxErrors) &&
      !isOver(health.gatewayErrors, rules.consecutiveGatewayErrors)
    )
      return
    health.serverErrors = 0
    health.gatewayErrors = 0
    const ejected = endpoints.filter(other => this.isEjected(other, at)).length
    // Envoy ejects one endpoint whatever the percentage.
    const allowed = Math.max(1, Math.floor((endpoints.length * rules.maxEjectionPercent) / 100))
    if (ejected >= allowed || this.isEjected(endpoint, at)) return
    health.ejections += 1
    health.ejectedUntil = at + rules.baseEjectionTimeMs * health.ejections
  }
}

/** Pools and outliers of all proxies, by proxy and cluster. */
export class CircuitBreakers {
  readonly #pools = new Map<string, Pool>()
  readonly #outliers = new Map<string, Outliers>()

  pool(proxy: string, cluster: string): Pool {
    const key = `${proxy} ${cluster}`
    let pool = this.#pools.get(key)
    if (pool === undefined) this.#pools.set(key, (pool = new Pool()))
    return pool
  }

  outliers(proxy: string, cluster: string): Outliers {
    const key = `${proxy} ${cluster}`
    let outliers = this.#outliers.get(key)
    if (outliers === undefined) this.#outliers.set(key, (outliers = new Outliers()))
    return outliers
  }

  forget(proxy: string): void {
    for (const table of [this.#pools, this.#outliers])
      for (const key of table.keys()) if (key.startsWith(`${proxy} `)) table.delete(key)
  }
}
