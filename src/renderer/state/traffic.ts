import { computed, effectScope, onScopeDispose, shallowRef, watch } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import { totalOf, type TrafficTotal } from '../../domain/traffic/traffic-total.ts'
import type { RequestFigures, TrafficEdge, TrafficNode } from '../../domain/traffic/traffic-snapshot.ts'
import type { TrafficReport } from '../../shared/contract/observability.ts'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'
import { follow, type Following } from './follow.ts'
import { showFigures, type StatusFigure } from './status.ts'

/** The last report of the chosen context, all namespaces; undefined until there is one. */
export const traffic = shallowRef<TrafficReport>()
export const trafficProblem = shallowRef<Problem>()

const KEPT_MS = 5 * 60_000
/** Reports come every 2 s; figures older than this are no longer live. */
const STALE_AFTER_MS = 12_000
/** How long traffic is measured on after its last reader went: another view then goes on with the same figures. */
const IDLE_TTL_MS = 60_000

interface Kept {
  readonly at: number
  /** By node and edge id. */
  readonly figures: ReadonlyMap<string, RequestFigures>
}
const kept = shallowRef<readonly Kept[]>([])
/** Edges and nodes of the last five minutes that the last report no longer has, as they were. */
export const goneTraffic = shallowRef<{
  readonly edges: ReadonlyMap<string, TrafficEdge>
  readonly nodes: ReadonlyMap<string, TrafficNode>
}>({ edges: new Map(), nodes: new Map() })
const lastSeen = new Map<string, { readonly at: number; readonly edge: TrafficEdge }>()
const lastNodes = new Map<string, TrafficNode>()
const isFollowed = shallowRef(false)
const isStale = shallowRef(false)

/** The figures of a node or edge during the last five minutes, oldest first; undefined where it had no traffic. */
export const historyOf = (id: string): readonly (RequestFigures | undefined)[] =>
  kept.value.map(({ figures }) => figures.get(id))

/** A version's live share of its service's requests, 0 to 1; undefined where nothing is measured. `service` is `namespace/name`. */
export const shareOf = (service: string, version: string): number | undefined => {
  const node = traffic.value?.nodes.find(({ id }) => id === service)
  if (!node || node.versions.length === 0) return undefined
  return node.versions.find(each => each.version === version)?.share ?? 0
}

/** What every total of the window counts. */
export const TOTAL_MEANING = 'Requests between services in all namespaces, each hop counted'

/** All requests of the mesh now, or why there is no figure: the same for the status bar, Home and Traffic. */
export const trafficTotal = computed((): TrafficTotal | { readonly missing: string } => {
  if (connection.value.kind !== 'live') return { missing: 'Not connected, so nothing is measured' }
  if (!isFollowed.value)
    return { missing: 'Traffic is measured while Home, Traffic, Routing or a review is open' }
  if (trafficProblem.value !== undefined)
    return { missing: `Traffic could not be read: ${trafficProblem.value.message}` }
  if (traffic.value === undefined) return { missing: 'Waiting for the second reading of the proxies' }
  if (isStale.value) return { missing: 'The proxies have not been read for a while' }
  if (traffic.value.proxies.read === 0)
    return { missing: traffic.value.problems[0]?.message ?? 'No proxy could be read' }
  return totalOf(traffic.value.edges)
})

function statusFiguresOf(total: typeof trafficTotal.value): readonly StatusFigure[] {
  if ('missing' in total)
    return [
      { id: 'rate', text: '– req/s', title: total.missing },
      { id: 'errors', text: '– % errors', title: total.missing },
    ]
  const { rate, errorShare } = total
  return [
    { id: 'rate', text: `${rate.toFixed(0)} req/s`, title: TOTAL_MEANING },
    {
      id: 'errors',
      text: `${(errorShare * 100).toFixed(1)} % errors`,
      title: 'Responses with 5xx, gRPC errors and requests without a response',
      tone: errorShare > 0.05 ? 'bad' : errorShare > 0.01 ? 'warning' : 'good',
    },
  ]
}

let staleTimer: ReturnType<typeof setTimeout> | undefined

function take(report: TrafficReport): void {
  const figures = new Map<string, RequestFigures>()
  for (const { id, inbound } of report.nodes) figures.set(id, inbound)
  for (const { id, requests } of report.edges) figures.set(id, requests)
  kept.value = [...kept.value.filter(({ at }) => at >= report.at - KEPT_MS), { at: report.at, figures }]
  rememberGone(report)
  traffic.value = report
  trafficProblem.value = undefined
  isStale.value = false
  clearTimeout(staleTimer)
  staleTimer = setTimeout(() => (isStale.value = true), STALE_AFTER_MS)
}

function rememberGone(report: TrafficReport): void {
  for (const node of report.nodes) lastNodes.set(node.id, node)
  for (const edge of report.edges) lastSeen.set(edge.id, { at: report.at, edge })
  const present = new Set(report.edges.map(({ id }) => id))
  for (const [id, { at }] of lastSeen) if (at < report.at - KEPT_MS) lastSeen.delete(id)
  goneTraffic.value = {
    edges: new Map([...lastSeen].flatMap(([id, { edge }]) => (present.has(id) ? [] : [[id, edge]]))),
    nodes: lastNodes,
  }
}

function clear(): void {
  lastSeen.clear()
  lastNodes.clear()
  goneTraffic.value = { edges: new Map(), nodes: new Map() }
  clearTimeout(staleTimer)
  traffic.value = undefined
  trafficProblem.value = undefined
  isStale.value = false
  kept.value = []
}

let readers = 0
let stopFollowing = (): void => {}
let idleTimer: ReturnType<typeof setTimeout> | undefined

function start(api: ReturnType<typeof useApi>): () => void {
  let following: Following | undefined
  isFollowed.value = true
  // Of its own scope: it outlives the component that began it.
  const scope = effectScope(true)
  scope.run(() => {
    watch(
      context,
      name => {
        following?.stop()
        following = undefined
        clear()
        if (name === '') return
        following = follow(
          signal => api.watchTraffic({ context: name, namespaces: [] }, signal),
          take,
          problem => (trafficProblem.value = problem),
        )
      },
      { immediate: true },
    )
    watch(
      () => connection.value.kind,
      kind => {
        if (kind === 'live') following?.retryNow()
      },
    )
  })
  return () => {
    scope.stop()
    following?.stop()
    clear()
    isFollowed.value = false
  }
}

function hold(api: ReturnType<typeof useApi>): void {
  readers += 1
  clearTimeout(idleTimer)
  if (!isFollowed.value) stopFollowing = start(api)
}

function release(): void {
  readers -= 1
  if (readers > 0) return
  clearTimeout(idleTimer)
  idleTimer = setTimeout(() => stopFollowing(), IDLE_TTL_MS)
}

/** Measures traffic as long as one component that called this lives and wants it; only inside `setup`. */
export function useTraffic(isWanted: () => boolean = () => true): void {
  const api = useApi()
  let isHeld = false
  const change = (wanted: boolean): void => {
    if (wanted === isHeld) return
    isHeld = wanted
    if (wanted) hold(api)
    else release()
  }
  watch(isWanted, change, { immediate: true })
  onScopeDispose(() => change(false))
}

/** Keeps the figures of the status bar up to date, and takes them away where nothing is connected. */
export function followTrafficTotal(): () => void {
  const watching = watch(
    trafficTotal,
    total => showFigures(context.value === '' ? [] : statusFiguresOf(total)),
    { immediate: true },
  )
  return () => watching.stop()
}
