import type { ObjectStore } from '../store.ts'
import type { Workloads } from '../workloads.ts'
import type { WorldContext } from './context.ts'
import { runControllers } from './controllers/run-controllers.ts'
import { followMesh } from './follow-mesh.ts'
import { PodServers } from './servers/pod-servers.ts'
import { reportConnection, reportRequest } from './telemetry/reporting.ts'
import { TraceStore } from './telemetry/trace-store.ts'
import { CircuitBreakers } from './traffic/circuit-breaker.ts'
import { Completions } from './traffic/completions.ts'
import { Instances } from './traffic/instance.ts'
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
      completions.add(record.start + record.duration, () => reportRequest(mesh, traces, record)),
    reportConnection: record =>
      completions.add(record.start + record.duration, () => reportConnection(mesh, record)),
    samples: proxy => random() * 100 < mesh.telemetryOf(proxy, 'CLIENT').tracing.sampling,
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
