import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import type { ConnectionState } from '../../shared/contract/contexts.ts'
import type { ClusterClient } from './cluster-client.ts'
import { createLatestValue, type LatestValue } from './latest-value.ts'
import { isAborted, type Pause } from './pause.ts'

/** Knows the truth about one context's connection, and keeps trying while somebody wants it. */
export interface Connection {
  readonly state: LatestValue<ConnectionState>
  /** Connects and stays connected until as many releases came. Returns the release. */
  retain(): () => void
  /** Looks again now: the kubeconfig has changed, a command was approved. */
  restart(): void
  stop(): void
}

export interface ConnectionSeams {
  readonly open: () => Promise<ClusterClient>
  readonly now: () => number
  readonly pause: Pause
  readonly random: () => number
}

const heartbeat = 10_000
const versionTimeout = 5_000
const unauthorizedRetry = 30_000
const fastRetryPeriod = 120_000
const longestRetry = 30_000
const linger = 15_000

export function createConnection({ open, now, pause, random }: ConnectionSeams): Connection {
  const state = createLatestValue<ConnectionState>({ kind: 'idle' })
  let holders = 0
  let running: AbortController | undefined
  let lingering: NodeJS.Timeout | undefined
  let isWoken = false
  let wakeUp = (): void => {}
  const wake = (): void => {
    isWoken = true
    wakeUp()
  }

  /** Until the time is over, the connection is lost or somebody asks to look again. */
  const rest = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    const woken = new AbortController()
    wakeUp = () => woken.abort()
    if (!isWoken) await pause(milliseconds, AbortSignal.any([signal, woken.signal]))
    wakeUp = () => {}
    isWoken = false
  }

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0
    let lastLive = Number.NEGATIVE_INFINITY
    let watched: { readonly client: ClusterClient; readonly off: () => void } | undefined
    if (state.get().kind === 'idle') state.set({ kind: 'connecting' })
    while (!signal.aborted) {
      const startedAt = now()
      let client: ClusterClient | undefined
      let delay: number
      try {
        client = await open()
        if (watched?.client !== client) {
          watched?.off()
          watched = { client, off: client.onLost(wake) }
          if (state.get().kind !== 'connecting') state.set({ kind: 'connecting' })
        }
        const command = await client.findMissingConsent()
        if (command) {
          state.set({ kind: 'restricted', command })
          delay = Number.POSITIVE_INFINITY
        } else {
          const kubernetesVersion = await readVersion(client, signal)
          failures = 0
          lastLive = now()
          const known = state.get()
          if (known.kind !== 'live' || known.kubernetesVersion !== kubernetesVersion)
            state.set({ kind: 'live', kubernetesVersion, since: now() })
          delay = heartbeat
        }
      } catch (error) {
        if (isAborted(signal)) break
        // A half-open connection would hold up the requests on it for minutes: they fail now.
        client?.reset()
        const problem = toProblem(error)
        failures += 1
        const isRecent = now() - lastLive < fastRetryPeriod
        delay = problem.code === 'unauthorized' ? unauthorizedRetry : retryDelay(failures, isRecent, random)
        state.set(failedState(problem, now() + delay))
      }
      await rest(Math.min(delay, 2 ** 31 - 1), signal)
      // Whatever woke us: never more than one try a second.
      await pause(Math.max(0, startedAt + 1000 - now()), signal)
    }
    watched?.off()
  }

  const stop = (): void => {
    clearTimeout(lingering)
    running?.abort()
    running = undefined
    state.set({ kind: 'idle' })
  }

  return {
    state,
    retain() {
      clearTimeout(lingering)
      holders += 1
      if (!running) {
        running = new AbortController()
        void run(running.signal)
      }
      let isReleased = false
      return () => {
        if (isReleased) return
        isReleased = true
        holders -= 1
        if (holders > 0) return
        lingering = setTimeout(stop, linger)
        lingering.unref()
      }
    },
    restart: wake,
    stop,
  }
}

const failedState = (problem: Problem, retryAt: number): ConnectionState =>
  problem.code === 'unauthorized'
    ? { kind: 'unauthorized', problem }
    : { kind: 'unreachable', problem, retryAt }

/** 1 to 2 s while an outage is young, so that a restart heals at once; then doubling, jittered, up to 30 s. */
function retryDelay(failures: number, isRecent: boolean, random: () => number): number {
  const longest = isRecent ? 1000 : Math.min(longestRetry / 2, 1000 * 2 ** (failures - 1))
  return longest + random() * longest
}

const noAnswer: Problem = {
  code: 'unreachable',
  message: `The API server did not answer within ${versionTimeout / 1000} s`,
  hint: 'Check the network and the VPN; the server may be overloaded.',
}

async function readVersion(client: ClusterClient, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(versionTimeout)
  try {
    const answer = (await client.readJson({
      path: '/version',
      signal: AbortSignal.any([signal, late]),
    })) as { gitVersion?: unknown } | null
    return typeof answer?.gitVersion === 'string' ? answer.gitVersion : ''
  } catch (error) {
    if (late.aborted && !signal.aborted) throw new ProblemError(noAnswer)
    const problem = toProblem(error)
    // Clusters may keep their version to themselves; who may not read it is connected all the same.
    if (problem.code === 'forbidden' || problem.code === 'not-found') return ''
    throw error
  }
}
