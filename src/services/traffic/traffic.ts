import { setTimeout as sleepFor } from 'node:timers/promises'
import { toProblem, type Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/kubernetes/kubernetes-object.ts'
import { buildTraffic } from '../../domain/traffic/build-traffic.ts'
import { FLOW_METRICS } from '../../domain/traffic/flow.ts'
import type { TrafficNode } from '../../domain/traffic/traffic-snapshot.ts'
import type { Backend } from '../../shared/contract.ts'
import type { TrafficReport } from '../../shared/contract/observability.ts'
import type { Clusters, KubernetesClient } from '../clusters/kubernetes-client.ts'
import { findProxies, type Proxy } from './find-proxies.ts'
import { ProxyReadings } from './proxy-readings.ts'

const PODS: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true }
const INTERVAL = 2_000
/** Requests to proxies at once: enough to read 100 proxies in a second, few enough not to trouble the API server. */
const AT_ONCE = 8
/** Envoy sends only what is read here: a tenth of the text in a large mesh. Source: Envoy's admin interface, /stats?filter */
const WANTED = FLOW_METRICS.join('|')
/** Of one proxy: a sidecar that knows a thousand services sends about 5 MB. */
const MAX_STATS_BYTES = 16 * 1024 * 1024
/** The agent's port: Envoy's figures and the agent's own. Source: https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const STATS_PORT = 15_020

async function readStats(
  client: KubernetesClient,
  { namespace, pod }: Proxy,
  signal: AbortSignal,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${STATS_PORT}/proxy/stats/prometheus`
  const { status, body } = await client.request({
    path,
    query: { filter: WANTED },
    accept: 'text/plain',
    maxBodyBytes: MAX_STATS_BYTES,
    signal,
  })
  if (status === 200) return body
  throw new Error(
    status === 403
      ? `You don't have permission to read the proxies' metrics: "get" on pods/proxy in ${namespace} is not allowed`
      : `The proxy of ${pod} did not return its metrics (HTTP ${status})`,
  )
}

function problemsOf(
  pods: ReadonlyMap<string, KubernetesObject>,
  proxies: readonly Proxy[],
  failures: readonly unknown[],
): Problem[] {
  if (proxies.length === 0)
    return [
      {
        code: 'not-found',
        message:
          pods.size === 0
            ? 'There are no pods in these namespaces'
            : 'No pod in these namespaces has a proxy',
        hint: 'Label a namespace with istio-injection=enabled and restart its Deployments',
      },
    ]
  const [first] = failures
  if (first === undefined) return []
  const { message, raw } = toProblem(first)
  return [
    {
      code: 'unreachable',
      message: `Could not read ${failures.length} of ${proxies.length} proxies. ${message}`,
      ...(raw === undefined ? {} : { raw }),
    },
  ]
}

/** Live traffic from the proxies' own counters, through the API server's pod proxy: nothing is installed for it. */
export function createTraffic({
  clusters,
  resources,
  now,
  sleep = (ms, signal) => sleepFor(ms, undefined, { signal }),
}: {
  clusters: Clusters
  resources: Pick<Backend, 'watchResources'>
  now: () => number
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}): Pick<Backend, 'watchTraffic'> {
  return {
    async *watchTraffic({ context, namespaces }, signal) {
      const stop = new AbortController()
      const stopAll = (): void => stop.abort()
      const isStopped = (): boolean => stop.signal.aborted
      signal.addEventListener('abort', stopAll, { once: true })
      const pods = new Map<string, KubernetesObject>()
      let listProblem: Problem | undefined
      let failPods = (_error: unknown): void => {}
      const podsFailed = new Promise<never>((_resolve, reject) => (failPods = reject))
      podsFailed.catch(() => {}) // heard by the race below; ends with the stream
      const firstPods = deferred()

      const followPods = async (): Promise<void> => {
        // Gateways stand in namespaces of their own: all pods are followed, and what is shown is chosen below.
        for await (const event of resources.watchResources(
          { context, types: [PODS], namespaces: [] },
          stop.signal,
        )) {
          if (event.kind === 'failed') listProblem = event.problem
          else {
            listProblem = undefined
            if (event.kind === 'snapshot') pods.clear()
            const put = event.kind === 'snapshot' ? event.items : event.put
            for (const pod of put) pods.set(pod.metadata.uid ?? pod.metadata.name, pod)
            if (event.kind === 'changes') for (const uid of event.removed) pods.delete(uid)
          }
          firstPods.resolve()
        }
      }
      followPods().catch(failPods)

      const readings = new ProxyReadings()
      let isFirst = true
      try {
        await Promise.race([firstPods.promise, podsFailed, aborted(stop.signal)])
        while (!isStopped()) {
          const startedAt = now()
          const proxies = findProxies(pods.values())
          const failures = await readAll(clusters.client(context), proxies, readings, now, stop.signal)
          if (isStopped()) return
          readings.keepOnly(new Set(proxies.map(({ pod }) => pod)))
          // Counters that were read once tell no rate, and zero would be untrue.
          const isTooSoon = isFirst && failures.length < proxies.length
          isFirst = false
          if (!isTooSoon)
            yield report({ at: now(), proxies, namespaces, readings, failures, pods, listProblem })
          await Promise.race([sleep(Math.max(0, INTERVAL - (now() - startedAt)), stop.signal), podsFailed])
        }
      } catch (error) {
        if (!isStopped()) throw error
      } finally {
        stop.abort()
        signal.removeEventListener('abort', stopAll)
      }
    },
  }
}

/** As `Promise.withResolvers`, which came with Node 22. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(done => (resolve = done))
  return { promise, resolve: () => resolve() }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function readAll(
  client: KubernetesClient,
  proxies: readonly Proxy[],
  readings: ProxyReadings,
  now: () => number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const queue = [...proxies]
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    for (let proxy = queue.shift(); proxy && !signal.aborted; proxy = queue.shift()) {
      try {
        readings.add(proxy.pod, now(), await readStats(client, proxy, signal))
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return failures
}

function report({
  at,
  proxies,
  namespaces,
  readings,
  failures,
  pods,
  listProblem,
}: {
  at: number
  proxies: readonly Proxy[]
  namespaces: readonly string[]
  readings: ProxyReadings
  failures: readonly unknown[]
  pods: ReadonlyMap<string, KubernetesObject>
  listProblem: Problem | undefined
}): TrafficReport {
  const gateways = new Set(proxies.filter(({ isGateway }) => isGateway).map(({ node }) => node))
  const known = new Set(proxies.map(({ node }) => node))
  const kindOf = (id: string): TrafficNode['kind'] => {
    if (gateways.has(id)) return 'gateway'
    if (id.endsWith('/unknown')) return 'unknown'
    if (id.startsWith('/')) return 'external'
    return known.has(id) ? 'service' : 'workload'
  }
  const isShown = (id: string): boolean =>
    namespaces.length === 0 || namespaces.includes(id.slice(0, id.indexOf('/')))
  // An edge shows where either end is in a chosen namespace, so that traffic from outside is not lost.
  const flows = readings.flows(at).filter(({ source, target }) => isShown(source) || isShown(target))
  return {
    ...buildTraffic(flows, { at, seconds: 1, kindOf }),
    proxies: { read: proxies.length - failures.length, failed: failures.length },
    problems: listProblem ? [listProblem] : problemsOf(pods, proxies, failures),
  }
}
