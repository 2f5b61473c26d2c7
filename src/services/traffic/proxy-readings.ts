import { FLOW_METRICS, flowsBetween, readFlows, type Flow, type Reading } from '../../domain/traffic/flow.ts'
import { parsePrometheusText } from '../../domain/traffic/prometheus-text.ts'

interface Timed {
  readonly at: number
  readonly reading: Reading
}

/** Spans of time, in milliseconds, that figures are computed over: the shortest in which an edge had enough requests. */
const WINDOWS = [4_000, 10_000, 30_000]
/** Below this many requests a share moves by several percent from chance alone. */
const ENOUGH = 40
const SLACK = 500

/** Remembers what each proxy counted during the last half minute. */
export class ProxyReadings {
  readonly #byProxy = new Map<string, Timed[]>()

  add(proxy: string, at: number, statsText: string): void {
    const reading = readFlows(parsePrometheusText(statsText, FLOW_METRICS))
    const oldest = at - Math.max(...WINDOWS) - SLACK
    const kept = (this.#byProxy.get(proxy) ?? []).filter(timed => timed.at >= oldest)
    this.#byProxy.set(proxy, [...kept, { at, reading }])
  }

  keepOnly(proxies: ReadonlySet<string>): void {
    for (const proxy of this.#byProxy.keys()) if (!proxies.has(proxy)) this.#byProxy.delete(proxy)
  }

  /** Flows with their rates scaled to one second. Nothing until a proxy was read twice. */
  flows(now: number): Flow[] {
    const [shortest = 0] = WINDOWS
    const chosen = new Map<string, Flow[]>()
    for (const window of WINDOWS) {
      const byEdge = new Map<string, Flow[]>()
      for (const flow of this.#flowsOver(now, window)) {
        const edge = `${flow.source}>${flow.target}`
        byEdge.set(edge, [...(byEdge.get(edge) ?? []), flow])
      }
      for (const [edge, flows] of byEdge) {
        const before = chosen.get(edge)
        const hadEnough = before !== undefined && countOf(before) >= ENOUGH
        if (!hadEnough && (window === shortest || countOf(flows) > 0)) chosen.set(edge, flows)
      }
    }
    return [...chosen.values()].flatMap(flows => flows.map(perSecond))
  }

  *#flowsOver(now: number, window: number): Generator<TimedFlow> {
    for (const readings of this.#byProxy.values()) {
      const last = readings.at(-1)
      const first = readings.find(({ at }) => at >= now - window - SLACK)
      if (!last || !first || first === last) continue
      const seconds = (last.at - first.at) / 1000
      if (seconds <= 0) continue
      for (const flow of flowsBetween(first.reading, last.reading)) yield { ...flow, seconds }
    }
  }
}

/** How much was counted: requests, and connections where there are none. */
const countOf = (flows: readonly Flow[]): number =>
  flows.reduce((total, flow) => total + flow.requests + flow.connectionsOpened + flow.connectionsClosed, 0)

interface TimedFlow extends Flow {
  readonly seconds: number
}

function perSecond(flow: Flow | TimedFlow): Flow {
  const seconds = 'seconds' in flow ? flow.seconds : 1
  const buckets = new Map([...flow.buckets].map(([bound, count]) => [bound, count / seconds]))
  return {
    ...flow,
    requests: flow.requests / seconds,
    connectionsOpened: flow.connectionsOpened / seconds,
    connectionsClosed: flow.connectionsClosed / seconds,
    bytesSent: flow.bytesSent / seconds,
    bytesReceived: flow.bytesReceived / seconds,
    buckets,
  }
}
