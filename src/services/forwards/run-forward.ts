import type { Server, Socket } from 'node:net'
import { choosePod, isRunning, resolvePort } from '../../domain/forwards/forward-target.ts'
import { ProblemError, toProblem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ForwardPlan, ForwardState } from '../../shared/contract/forwards.ts'
import type { ClustersBackend } from '../clusters/clusters.ts'
import { isAborted, pause } from '../clusters/pause.ts'
import { cutConnection } from './cut-connection.ts'
import { followPods, type TargetView } from './follow-pods.ts'
import { listen } from './listen.ts'
import { openPodTunnel } from './open-pod-tunnel.ts'
import { createTunnelPool, type TunnelPool } from './tunnel-pool.ts'

/** Told about everything that happens to a forward. */
export interface ForwardListener {
  onState(state: ForwardState): void
  onLocalPort(port: number): void
  onOpen(): void
  onClosed(): void
  readonly onSent: (bytes: number) => void
  readonly onReceived: (bytes: number) => void
  readonly onRefusal: (message: string) => void
}

/** Another program's port may come free. */
const PORT_RETRY_MS = 2_000
const TUNNEL_RETRY_MS = 500
const LONGEST_RETRY_MS = 5_000
/** A connection that comes while there is no pod is held so long: as long as a rollout's gap, not for ever. */
const HOLD_MS = 30_000

const isGone = (socket: Socket): boolean => socket.destroyed

/** Where connections go: one pod, for as long as it runs. */
interface Route {
  readonly uid: string
  readonly pod: string
  readonly port: number
  readonly pool: TunnelPool
}

/** Runs one forward until the signal aborts: its port, the pod it goes to, and every way back from what breaks. */
export function runForward(
  clusters: Pick<ClustersBackend, 'client' | 'upgrade'>,
  { context, target, port, localPort, reach }: ForwardPlan,
  listener: ForwardListener,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => number },
): void {
  const address = reach === 'network' ? '0.0.0.0' : '127.0.0.1'
  const sockets = new Set<Socket>()
  let view: TargetView | undefined
  let route: Route | undefined
  /** A tunnel of the present route could be opened. */
  let isProven = false
  /** Ends the present wait: something has changed. */
  let wake = new AbortController()
  const changed = (): void => {
    wake.abort()
    wake = new AbortController()
  }
  const untilChanged = (milliseconds: number): Promise<void> =>
    pause(Math.min(milliseconds, 2 ** 31 - 1), AbortSignal.any([signal, wake.signal]))

  function makeRoute(pod: KubernetesObject): Route {
    const { name, uid = '' } = pod.metadata
    const place = { context, namespace: target.namespace, pod: name }
    const pool = createTunnelPool({
      open: (onClose, onRelease) =>
        openPodTunnel(
          clusters,
          place,
          {
            onSent: listener.onSent,
            onReceived: listener.onReceived,
            onRefusal: listener.onRefusal,
            onRelease,
            onClose,
          },
          signal,
        ),
      onAllLost() {
        isProven = false
        changed()
      },
    })
    return { uid, pod: name, port: resolvePort(target, view?.object, pod, port), pool }
  }

  /** Chooses the pod anew; connections to one that is on its way out go on. */
  function reroute(): void {
    const pod = view === undefined ? undefined : choosePod(target, view.pods, route?.uid)
    if (pod !== undefined && pod.metadata.uid === route?.uid && isRunning(pod)) return
    route?.pool.retire()
    route = undefined
    isProven = false
    if (pod !== undefined) route = makeRoute(pod)
  }

  const isPresent = (one: Route): boolean => route === one

  async function follow(): Promise<void> {
    let failures = 0
    while (!isAborted(signal)) {
      const waited = wake
      try {
        if (view?.problem !== undefined && route === undefined) throw new ProblemError(view.problem)
        reroute()
        if (route === undefined) {
          listener.onState(
            view?.isKnown === true ? { kind: 'waiting', reason: view.waiting } : { kind: 'starting' },
          )
        } else if (!isProven) {
          const mine: Route = route
          await mine.pool.take()
          if (isPresent(mine)) {
            isProven = true
            listener.onState({ kind: 'ready', pod: mine.pod, podPort: mine.port, since: now() })
            changed()
          }
        }
        failures = 0
        if (waited === wake) await untilChanged(Infinity)
      } catch (error) {
        if (isAborted(signal)) return
        listener.onState({ kind: 'broken', problem: toProblem(error) })
        failures += 1
        await untilChanged(Math.min(LONGEST_RETRY_MS, TUNNEL_RETRY_MS * 2 ** (failures - 1)))
      }
    }
  }

  /** Carries one connection, as soon as there is a pod for it. */
  async function carry(local: Socket): Promise<void> {
    const deadline = now() + HOLD_MS
    while (!isAborted(signal) && !local.destroyed) {
      const present = route
      try {
        if (present !== undefined && isProven) {
          const tunnel = await present.pool.take()
          if (isGone(local)) return
          if (tunnel.isOpen) {
            tunnel.connect(local, present.port)
            return
          }
        }
      } catch (error) {
        listener.onRefusal(toProblem(error).message)
        isProven = false
        changed()
      }
      if (now() >= deadline) {
        cutConnection(local)
        return
      }
      await untilChanged(deadline - now())
    }
  }

  function onSocket(local: Socket): void {
    sockets.add(local)
    listener.onOpen()
    local.on('error', () => {
      // The close that follows says all there is to do.
    })
    local.on('close', () => {
      sockets.delete(local)
      listener.onClosed()
    })
    void carry(local)
  }

  async function open(): Promise<Server | undefined> {
    while (!isAborted(signal)) {
      try {
        const { server, port: taken } = await listen(localPort ?? 0, address, onSocket)
        listener.onLocalPort(taken)
        return server
      } catch (error) {
        const problem = toProblem(error)
        listener.onState({ kind: problem.code === 'conflict' ? 'port-taken' : 'broken', problem })
        await pause(PORT_RETRY_MS, signal)
      }
    }
    return undefined
  }

  async function run(): Promise<void> {
    const server = await open()
    const stop = (): void => {
      server?.close()
      route?.pool.close()
      for (const socket of [...sockets]) socket.destroy()
    }
    if (signal.aborted) {
      stop()
      return
    }
    signal.addEventListener('abort', stop)
    followPods(clusters.client(context), target, signal, found => {
      view = found
      changed()
    })
    await follow()
  }
  void run()
}
