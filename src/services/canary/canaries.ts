import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { addSnapshot, crossedLimit, noReading } from '../../domain/canary/watch-step.ts'
import { withWeights } from '../../domain/canary/with-weights.ts'
import { ProblemError, toProblem } from '../../domain/problem.ts'
import { resourceKey } from '../../domain/kubernetes/kubernetes-object.ts'
import { printObject } from '../../domain/yaml/print-object.ts'
import type { Backend } from '../../shared/contract.ts'
import type { Canary, CanaryPlan, CanaryStep } from '../../shared/contract/canary.ts'
import type { JournalEntry } from '../../shared/contract/changes.ts'
import { stateDigest } from '../changes/compare-objects.ts'
import type { OnDamaged } from '../storage/stored-json.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { createQueue } from '../workspace/queue.ts'
import { readCanaries, writeCanary } from './canary-files.ts'

type CanaryMethods = Pick<Backend, 'startCanary' | 'continueCanary' | 'stopCanary' | 'watchCanaries'>

/** The proxies' figures are over some seconds: until they are of the step alone, they are not counted. */
const SETTLE_MS = 6_000

/**
 * Stepped canaries. Each step is a change like any other: planned, in the journal, applied server-side. They run here
 * and not in the window, so a limit that is crossed is answered even where nobody looks.
 */
export function createCanaries({
  dataFolder,
  changes,
  resources,
  traffic,
  now,
  onDamaged,
}: {
  dataFolder: string
  onDamaged?: OnDamaged
  changes: Pick<Backend, 'applyChange' | 'planRevert' | 'applyRevert'>
  resources: Pick<Backend, 'readObject'>
  traffic: Pick<Backend, 'watchTraffic'>
  now: () => number
}): CanaryMethods & { stop(): Promise<void> } {
  const folder = join(dataFolder, 'canaries')
  const all = createLatestValue<Canary[]>([])
  const inOrder = createQueue()
  const ending = new AbortController()
  const watches = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>()
  let loaded: Promise<void> | undefined
  const load = (): Promise<void> => {
    loaded ??= readCanaries(folder, onDamaged).then(found => all.set(found))
    // A disk that failed once may work the next time.
    loaded.catch(() => (loaded = undefined))
    return loaded
  }

  function find(id: string): Canary {
    const canary = all.get().find(each => each.id === id)
    if (canary) return canary
    throw new ProblemError({ code: 'not-found', message: 'There is no such canary' })
  }
  function show(canary: Canary): void {
    const others = all.get().filter(({ id }) => id !== canary.id)
    all.set([canary, ...others].sort((a, b) => b.at - a.at))
  }
  async function keep(canary: Canary): Promise<Canary> {
    show(canary)
    await writeCanary(folder, canary)
    return canary
  }
  const withStep = (canary: Canary, index: number, change: Partial<CanaryStep>): Canary => ({
    ...canary,
    steps: canary.steps.map((step, at) => (at === index ? { ...step, ...change } : step)),
  })

  /** The object is read anew each time: what others changed meanwhile stays as they left it. */
  async function applyWeight(plan: CanaryPlan, weight: number): Promise<JournalEntry> {
    const id = {
      apiVersion: plan.apiVersion,
      kind: 'VirtualService',
      namespace: plan.namespace,
      name: plan.name,
    }
    const live = await resources.readObject({ context: plan.context, id }, ending.signal)
    const target = { rule: plan.rule, stableSubset: plan.stable.subset, canarySubset: plan.canary.subset }
    const entry = await changes.applyChange(
      {
        context: plan.context,
        text: printObject(withWeights(live, target, weight)),
        title: `Canary of ${plan.name}: ${String(weight)} % to ${plan.canary.subset}`,
        force: plan.takesOver ? [resourceKey(id)] : [],
        basis: { [resourceKey(id)]: stateDigest(live) },
      },
      ending.signal,
    )
    const problem = entry.steps.find(each => each.problem !== undefined)?.problem
    if (entry.state !== 'applied')
      throw new ProblemError(problem ?? { code: 'internal', message: 'The step was not applied' })
    return entry
  }

  async function applyStep(canary: Canary, index: number): Promise<Canary> {
    const { plan } = canary
    const step = canary.steps[index]
    if (step === undefined)
      throw new ProblemError({ code: 'bad-input', message: 'The canary has no such step' })
    await keep(withStep(canary, index, { state: 'applying' }))
    try {
      const entry = await applyWeight(plan, step.weight)
      const applied = withStep(find(canary.id), index, { state: 'watching', entry: entry.id })
      watch(applied.id, index)
      return await keep(applied)
    } catch (error) {
      await keep({
        ...withStep(find(canary.id), index, { state: 'stopped' }),
        state: 'stopped',
        reason: `The step to ${String(step.weight)} % could not be applied`,
        problem: toProblem(error),
      })
      throw error
    }
  }

  /** Measures a step until it is left; a limit that is crossed takes the canary back. */
  function watch(id: string, index: number): void {
    const abort = new AbortController()
    const { plan } = find(id)
    const versions = { service: plan.service, stable: plan.stable.version, canary: plan.canary.version }
    const follow = async (): Promise<void> => {
      const startedAt = now()
      let last: number | undefined
      const input = { context: plan.context, namespaces: [] }
      for await (const report of traffic.watchTraffic(input, abort.signal)) {
        if (abort.signal.aborted) return
        if (report.at - startedAt < SETTLE_MS) continue
        const seconds = last === undefined ? 1 : (report.at - last) / 1000
        last = report.at
        const canary = find(id)
        const step = canary.steps[index]
        if (canary.state !== 'running' || step?.state !== 'watching') return
        const readings = addSnapshot(step.readings, report, versions, seconds)
        show(withStep(canary, index, { readings }))
        const reason = crossedLimit(readings, plan.limits)
        if (reason === undefined) continue
        void inOrder(id, () => goBack(withStep(find(id), index, { state: 'stopped' }), reason)).catch(tell)
        return
      }
    }
    const tell = (error: unknown): void => {
      if (abort.signal.aborted) return
      // The weights stay as they are: that nothing can be measured is no reason to change them.
      show({ ...find(id), problem: toProblem(error) })
    }
    const ended = follow().catch(tell)
    watches.set(id, { abort, ended })
  }
  function unwatch(id: string): void {
    watches.get(id)?.abort.abort()
    watches.delete(id)
  }

  /**
   * Takes the first step back, which leaves the object as it was before the canary. Where others have changed it since
   * the last step, their change stays and only the canary's weight goes to 0.
   */
  async function goBack(canary: Canary, reason: string): Promise<Canary> {
    unwatch(canary.id)
    const entries = canary.steps.flatMap(({ entry }) => entry ?? [])
    const [first] = entries
    const last = entries.at(-1)
    if (first === undefined || last === undefined) return keep({ ...canary, state: 'stopped', reason })
    await keep({ ...canary, state: 'going-back', reason })
    try {
      const { steps } = await changes.planRevert({ entry: last }, ending.signal)
      if (steps.some(({ isChangedSince }) => isChangedSince)) {
        await applyWeight(canary.plan, 0)
        const problem = {
          code: 'conflict',
          message: `${canary.plan.name} was changed by others during the canary: their change stays, and ${canary.plan.canary.subset} gets no requests`,
        } as const
        return await keep({ ...find(canary.id), state: 'gone-back', problem })
      }
      const whole = await changes.planRevert({ entry: first }, ending.signal)
      // Bound to the state that was just compared: a change that comes between is not lost either.
      const seen = new Map(steps.map(({ id, base }) => [resourceKey(id), base]))
      const basis = Object.fromEntries(
        whole.steps.map(({ id, base }) => [resourceKey(id), seen.get(resourceKey(id)) ?? base]),
      )
      await changes.applyRevert({ entry: first, basis }, ending.signal)
      return await keep({ ...find(canary.id), state: 'gone-back' })
    } catch (error) {
      return keep({ ...find(canary.id), state: 'stopped', problem: toProblem(error) })
    }
  }

  const refuseOther = ({ context, namespace, name }: CanaryPlan): void => {
    const isSame = ({ plan }: Canary): boolean =>
      plan.context === context && plan.namespace === namespace && plan.name === name
    if (all.get().some(each => each.state === 'running' && isSame(each)))
      throw new ProblemError({
        code: 'conflict',
        message: `A canary of ${name} is running already`,
        hint: 'Continue or stop that one first.',
      })
  }

  return {
    async startCanary(plan) {
      await load()
      refuseOther(plan)
      const readings = { stable: noReading, canary: noReading }
      const canary: Canary = {
        id: randomUUID(),
        plan,
        at: now(),
        state: 'running',
        steps: plan.weights.map(weight => ({ weight, state: 'ahead', readings })),
      }
      return inOrder(canary.id, () => applyStep(canary, 0))
    },
    async continueCanary({ id }) {
      await load()
      return inOrder(id, async () => {
        const canary = find(id)
        const index = canary.steps.findIndex(({ state }) => state === 'watching')
        if (canary.state !== 'running' || index === -1)
          throw new ProblemError({ code: 'conflict', message: 'The canary is not waiting for its next step' })
        unwatch(id)
        const passed = withStep(canary, index, { state: 'passed' })
        if (index === canary.steps.length - 1) return keep({ ...passed, state: 'done' })
        return applyStep(passed, index + 1)
      })
    },
    async stopCanary({ id, goesBack }) {
      await load()
      return inOrder(id, async () => {
        const canary = find(id)
        if (canary.state === 'gone-back') return canary
        unwatch(id)
        if (goesBack) return goBack(canary, 'Taken back by hand')
        return keep({ ...canary, state: 'stopped', reason: 'Stopped by hand; its last weights stay' })
      })
    },
    async *watchCanaries(_input, signal) {
      await load()
      yield* all.watch(signal)
    },
    async stop() {
      const ended = [...watches.values()].map(watched => watched.ended)
      for (const id of [...watches.keys()]) unwatch(id)
      ending.abort()
      await Promise.allSettled(ended)
    },
  }
}
