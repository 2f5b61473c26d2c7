import type { Mesh } from '../../domain/mesh/mesh.ts'
import { buildMesh } from '../../domain/mesh/mesh.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { overridesFor } from '../../domain/telemetry/metric-tags.ts'
import { readTelemetries, type MetricOverride, type Telemetry } from '../../domain/telemetry/telemetry.ts'
import type { ObjectStore } from '../store.ts'
import type { Workloads } from '../workloads.ts'
import { collectionKey, meshCollections } from './collections.ts'
import type { WorldContext } from './context.ts'
import { runControllers } from './controllers/run-controllers.ts'
import { PodServers } from './servers/pod-servers.ts'
import { formatAccessLog } from './telemetry/access-log.ts'
import { TraceStore } from './telemetry/trace-store.ts'
import { CircuitBreakers } from './traffic/circuit-breaker.ts'
import { Completions } from './traffic/completions.ts'
import { Instances, type Instance } from './traffic/instance.ts'
import { Network } from './traffic/network.ts'
import { Visitors } from './traffic/visitors.ts'

export interface World {
  readonly workloads: Workloads
  stop(): void
}

export interface WorldOptions {
  readonly store: ObjectStore
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** From 0 to below 1. */
  readonly random?: () => number
}

/** How often the traffic moves on, and how much of it there was before the start, in milliseconds. */
const tick = 50
const history = 3000
/** After a pause longer than this (the machine slept) the traffic goes on from now. */
const longestGap = 2000

/**
 * Runs the simulated cluster over a store: controllers make pods of Deployments, and requests flow between the pods as the
 * mesh's objects say at that moment.
 */
export function startWorld({ store, now = Date.now, random = Math.random }: WorldOptions): World {
  const context: WorldContext = { store, now, random }
  const stopControllers = runControllers(context)
  const instances = new Instances(context)
  const breakers = new CircuitBreakers()
  const traces = new TraceStore()
  const completions = new Completions()
  const mesh = followMesh(store)
  const network = new Network({
    mesh: mesh.current,
    objects: mesh.objects,
    instances,
    breakers,
    random,
    report: record =>
      completions.add(record.start + record.duration, () => {
        record.proxy.metrics.add(record, mesh.overridesOf(record.proxy))
        record.proxy.logs.get('istio-proxy')?.add(record.start + record.duration, formatAccessLog(record))
        traces.add(record)
      }),
    say: (instance, at, line) =>
      completions.add(at, () => instance.logs.get(instance.appContainer)?.add(at, line)),
  })
  const visitors = new Visitors(network, instances, random)
  const unsubscribe = store.subscribe(event => {
    instances.hear(event)
    if (event.kind === 'deleted') breakers.forget(event.object.metadata.uid ?? '')
  })

  let reached = now() - history
  const move = (moment: number): void => {
    visitors.sendBetween(reached, moment)
    reached = moment
    completions.runUntil(moment)
  }
  for (let moment = reached + 250; moment <= now(); moment += 250) move(moment)
  const timer = setInterval(() => {
    const moment = now()
    if (moment - reached > longestGap) reached = moment - longestGap
    if (moment > reached) move(moment)
  }, tick)

  const servers = new PodServers({ network, traces, now, random })
  return {
    workloads: {
      async *readLog(pod, { container, isFollowed, tailLines, sinceSeconds, hasTimestamps }, signal) {
        const log = instances.of(pod)?.logs.get(container)
        if (log === undefined) return
        const since = sinceSeconds === undefined ? {} : { since: now() - sinceSeconds * 1000 }
        const tail = tailLines === undefined ? {} : { tailLines }
        yield* log.read({ isFollowed, hasTimestamps, ...tail, ...since }, signal)
      },
      connect(pod, port) {
        const instance = instances.of(pod)
        return instance && servers.connect(instance, port)
      },
    },
    stop() {
      clearInterval(timer)
      unsubscribe()
      mesh.stop()
      stopControllers()
      instances.closeAll()
    },
  }
}

interface FollowedMesh {
  readonly current: () => Mesh
  readonly objects: () => readonly KubernetesObject[]
  /** What Telemetry objects change in the metrics of a workload. */
  readonly overridesOf: (workload: Instance) => readonly MetricOverride[]
  readonly stop: () => void
}

/** The mesh of the store's objects, built again for the first request after one of them changed. */
function followMesh(store: ObjectStore): FollowedMesh {
  const keys = new Set(meshCollections.map(collectionKey))
  let known:
    | {
        readonly mesh: Mesh
        readonly objects: readonly KubernetesObject[]
        readonly telemetries: readonly Telemetry[]
      }
    | undefined
  const stop = store.subscribe(({ collection }) => {
    if (keys.has(collectionKey(collection))) known = undefined
  })
  const build = (): NonNullable<typeof known> => {
    const objects = meshCollections.flatMap(collection => store.list(collection))
    return { objects, mesh: buildMesh(objects), telemetries: readTelemetries(objects) }
  }
  return {
    current: () => (known ??= build()).mesh,
    objects: () => (known ??= build()).objects,
    overridesOf: workload => {
      const { mesh, telemetries } = (known ??= build())
      return telemetries.length === 0 ? [] : overridesFor(telemetries, workload, mesh.rootNamespace)
    },
    stop,
  }
}
