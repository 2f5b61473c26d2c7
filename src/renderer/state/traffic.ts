import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { RequestFigures } from '../../domain/traffic/traffic-snapshot.ts'
import type { TrafficReport } from '../../shared/contract/observability.ts'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'
import { follow, type Following } from './follow.ts'
import { showFigures } from './status.ts'

/** The last report of the chosen context, all namespaces; undefined until there is one. */
export const traffic = shallowRef<TrafficReport>()
export const trafficProblem = shallowRef<Problem>()

const KEPT_MS = 5 * 60_000

interface Kept {
  readonly at: number
  /** By node and edge id. */
  readonly figures: ReadonlyMap<string, RequestFigures>
}
const kept = shallowRef<readonly Kept[]>([])

/** The figures of a node or edge during the last five minutes, oldest first; undefined where it had no traffic. */
export const historyOf = (id: string): readonly (RequestFigures | undefined)[] =>
  kept.value.map(({ figures }) => figures.get(id))

/** A version's live share of its service's requests, 0 to 1; undefined where nothing is measured. `service` is `namespace/name`. */
export const shareOf = (service: string, version: string): number | undefined => {
  const node = traffic.value?.nodes.find(({ id }) => id === service)
  if (!node || node.versions.length === 0) return undefined
  return node.versions.find(each => each.version === version)?.share ?? 0
}

/** All requests of the mesh that enter through gateways or begin in it, once each. */
const totals = computed(() => {
  const edges = traffic.value?.edges ?? []
  const rate = edges.reduce((sum, { requests }) => sum + requests.rate, 0)
  const errors = edges.reduce((sum, { requests }) => sum + requests.rate * requests.errorShare, 0)
  return { rate, errorShare: rate === 0 ? 0 : errors / rate }
})

function take(report: TrafficReport): void {
  const figures = new Map<string, RequestFigures>()
  for (const { id, inbound } of report.nodes) figures.set(id, inbound)
  for (const { id, requests } of report.edges) figures.set(id, requests)
  kept.value = [...kept.value.filter(({ at }) => at >= report.at - KEPT_MS), { at: report.at, figures }]
  traffic.value = report
  trafficProblem.value = undefined
  const { rate, errorShare } = totals.value
  showFigures(
    report.proxies.read === 0
      ? []
      : [
          {
            id: 'rate',
            text: `${rate.toFixed(0)} requests/s`,
            title: 'Requests between services, each hop counted',
          },
          {
            id: 'errors',
            text: `${(errorShare * 100).toFixed(1)} % errors`,
            tone: errorShare > 0.05 ? 'bad' : errorShare > 0.01 ? 'warning' : 'good',
          },
        ],
  )
}

let readers = 0
let stopFollowing = (): void => {}

function start(api: ReturnType<typeof useApi>): () => void {
  let following: Following | undefined
  const byContext = watch(
    context,
    name => {
      following?.stop()
      following = undefined
      traffic.value = undefined
      trafficProblem.value = undefined
      kept.value = []
      showFigures([])
      if (name === '') return
      following = follow(
        signal => api.watchTraffic({ context: name, namespaces: [] }, signal),
        take,
        problem => (trafficProblem.value = problem),
      )
    },
    { immediate: true },
  )
  const byConnection = watch(
    () => connection.value.kind,
    kind => {
      if (kind === 'live') following?.retryNow()
    },
  )
  return () => {
    byContext.stop()
    byConnection.stop()
    following?.stop()
  }
}

/** Measures traffic as long as one component that called this lives; only inside `setup`. */
export function useTraffic(): void {
  const api = useApi()
  readers += 1
  if (readers === 1) stopFollowing = start(api)
  onScopeDispose(() => {
    readers -= 1
    if (readers === 0) stopFollowing()
  })
}
