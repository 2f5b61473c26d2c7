import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { Forward, ForwardPlan } from '../../shared/contract/forwards.ts'
import type { ClustersBackend } from '../clusters/clusters.ts'
import type { OnDamaged } from '../storage/stored-json.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { createQueue } from '../workspace/queue.ts'
import { readForwards, writeForwards } from './forward-file.ts'
import { runForward } from './run-forward.ts'

type ForwardMethods = Pick<Backend, 'startForward' | 'stopForward' | 'removeForward' | 'watchForwards'>

/** Bytes flow faster than anybody reads figures. */
const FIGURES_MS = 500

interface Entry {
  forward: Forward
  isOn: boolean
  running?: AbortController
}

/** The port-forwards of all contexts. They run here, not in the window, and are remembered on the disk. */
export function createForwards({
  dataFolder,
  clusters,
  now,
  onDamaged,
}: {
  readonly dataFolder: string
  readonly onDamaged?: OnDamaged
  readonly clusters: Pick<ClustersBackend, 'client' | 'upgrade'>
  readonly now: () => number
}): ForwardMethods & { stop(): Promise<void> } {
  const path = join(dataFolder, 'forwards.json')
  const entries = new Map<string, Entry>()
  const changes = createLatestValue(0)
  const inOrder = createQueue()
  const ending = new AbortController()
  const begun = new Set<string>()
  let loaded: Promise<void> | undefined
  let figures: NodeJS.Timeout | undefined

  const announce = (): void => {
    clearTimeout(figures)
    figures = undefined
    changes.set(changes.get() + 1)
  }
  const announceFigures = (): void => {
    figures ??= setTimeout(announce, FIGURES_MS)
    figures.unref()
  }

  const load = (): Promise<void> => {
    loaded ??= readForwards(path, onDamaged).then(remembered => {
      for (const { id, plan, isOn } of remembered) entries.set(id, { forward: idle(id, plan), isOn })
    })
    // A disk that failed once may work the next time.
    loaded.catch(() => (loaded = undefined))
    return loaded
  }
  const keep = (): Promise<void> =>
    inOrder('forwards', () =>
      writeForwards(
        path,
        [...entries.values()].map(({ forward: { id, plan }, isOn }) => ({ id, plan, isOn })),
      ),
    )

  function find(id: string): Entry {
    const entry = entries.get(id)
    if (entry) return entry
    throw new ProblemError({
      code: 'not-found',
      message: 'There is no such forward: it may have been removed',
    })
  }

  function run(entry: Entry): void {
    if (entry.running || ending.signal.aborted) return
    const running = new AbortController()
    entry.running = running
    entry.isOn = true
    const change = (next: Partial<Forward>): void => {
      entry.forward = { ...entry.forward, ...next }
    }
    change({ state: { kind: 'starting' } })
    // Thousands of chunks a second: counted here, shown now and then.
    const count = (next: Partial<Forward>): void => {
      change(next)
      announceFigures()
    }
    runForward(
      clusters,
      entry.forward.plan,
      {
        onState(state) {
          if (running.signal.aborted) return
          change({ state })
          announce()
        },
        onLocalPort(localPort) {
          // A link to a free port that was chosen once goes on working.
          const isNew = entry.forward.plan.localPort !== localPort
          change({ localPort, plan: { ...entry.forward.plan, localPort } })
          announce()
          if (isNew) keep().catch((error: unknown) => console.warn('The forwards could not be kept', error))
        },
        onOpen: () => count({ connections: entry.forward.connections + 1, opened: entry.forward.opened + 1 }),
        onClosed: () => count({ connections: entry.forward.connections - 1 }),
        onSent: bytes => count({ bytesSent: entry.forward.bytesSent + bytes }),
        onReceived: bytes => count({ bytesReceived: entry.forward.bytesReceived + bytes }),
        onRefusal: lastRefusal => count({ lastRefusal }),
      },
      { signal: running.signal, now },
    )
    announce()
  }

  function halt(entry: Entry): void {
    entry.running?.abort()
    delete entry.running
    entry.forward = { ...entry.forward, state: { kind: 'stopped' } }
    announce()
  }

  const isSame = (a: ForwardPlan, b: ForwardPlan): boolean =>
    a.context === b.context &&
    a.port === b.port &&
    a.target.kind === b.target.kind &&
    a.target.namespace === b.target.namespace &&
    a.target.name === b.target.name

  return {
    async startForward(plan) {
      await load()
      const known = [...entries.values()].find(({ forward }) => isSame(forward.plan, plan))
      const entry = known ?? { forward: idle(randomUUID(), plan), isOn: true }
      if (known) {
        const differs =
          (plan.localPort !== undefined && plan.localPort !== known.forward.plan.localPort) ||
          plan.reach !== known.forward.plan.reach
        if (differs) {
          halt(known)
          known.forward = idle(known.forward.id, { ...known.forward.plan, ...plan })
        }
      } else entries.set(entry.forward.id, entry)
      run(entry)
      await keep()
      return entry.forward
    },
    async stopForward({ id }) {
      await load()
      const entry = find(id)
      halt(entry)
      entry.isOn = false
      await keep()
      return entry.forward
    },
    async removeForward({ id }) {
      await load()
      halt(find(id))
      entries.delete(id)
      announce()
      await keep()
      return undefined
    },
    async *watchForwards({ context }, signal) {
      await load()
      if (!begun.has(context)) {
        begun.add(context)
        for (const entry of entries.values())
          if (entry.isOn && entry.forward.plan.context === context) run(entry)
      }
      const seen = changes.watch(AbortSignal.any([signal, ending.signal]))
      while (!(await seen.next()).done)
        yield [...entries.values()]
          .map(({ forward }) => forward)
          .filter(({ plan }) => plan.context === context)
    },
    stop() {
      ending.abort()
      clearTimeout(figures)
      for (const { running } of entries.values()) running?.abort()
      return Promise.resolve()
    },
  }
}

const idle = (id: string, plan: ForwardPlan): Forward => ({
  id,
  plan,
  state: { kind: 'stopped' },
  connections: 0,
  opened: 0,
  bytesSent: 0,
  bytesReceived: 0,
  ...(plan.localPort === undefined ? {} : { localPort: plan.localPort }),
})
