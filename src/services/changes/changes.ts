import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import { resourceKey, type ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import type { Backend } from '../../shared/contract.ts'
import type { Basis, ChangePlan, JournalEntry } from '../../shared/contract/changes.ts'
import type { Clusters } from '../clusters/kubernetes-client.ts'
import type { Host } from '../host.ts'
import type { OnDamaged } from '../storage/stored-json.ts'
import { changedProblem } from './bind-request.ts'
import { followStates } from './follow-states.ts'
import { openJournal } from './journal.ts'
import { planDelete } from './plan-delete.ts'
import { planPatches, type ObjectPatch } from './plan-patches.ts'
import { planRevert } from './plan-revert.ts'
import { planText, type PlannedText } from './plan-text.ts'
import { isApplicable, type PreparedStep } from './prepared-step.ts'
import { runSteps } from './run-steps.ts'

type ChangeMethods = Pick<
  Backend,
  | 'planChange'
  | 'applyChange'
  | 'planPatches'
  | 'applyPatches'
  | 'planDelete'
  | 'applyDelete'
  | 'planRevert'
  | 'applyRevert'
  | 'watchJournal'
  | 'watchStates'
>

const asPlan = (context: string, { steps, problems }: PlannedText): ChangePlan => ({
  context,
  steps: steps.map(({ step }) => step),
  problems,
})

/** Nothing is sent of a plan that has a problem anywhere: half a change is worse than none. */
function refuseFaulty({ steps, problems }: PlannedText): void {
  const problem = problems[0] ?? steps.flatMap(({ step }) => step.problems)[0]
  if (problem) throw new ProblemError(problem)
  const contested = steps.find(step => !isApplicable(step))
  const [conflict] = contested?.step.conflicts ?? []
  if (contested && conflict)
    throw new ProblemError({
      code: 'conflict',
      message: `${conflict.manager} owns ${conflict.field} of ${contested.step.id.kind} ${contested.step.id.name}`,
      hint: 'Leave the field out, or choose to take it over.',
      at: conflict.field,
    })
}

/** A plan is carried out as it was reviewed, or not at all: on the objects as they were, and on no others. */
function requireReviewed({ steps }: PlannedText, basis: Basis): void {
  const changed = steps.find(({ step }) => basis[resourceKey(step.id)] !== step.base)
  if (changed) throw new ProblemError(changedProblem(changed.step.id))
  const keys = new Set(steps.map(({ step }) => resourceKey(step.id)))
  if (Object.keys(basis).some(key => !keys.has(key)))
    throw new ProblemError({
      code: 'conflict',
      message: 'The change is no longer the one you reviewed',
      hint: 'Review it again, then apply it.',
    })
}

/** Changes as plans: dry run, journal, apply in order, and back. */
export function createChanges({
  host,
  clusters,
  onDamaged,
}: {
  host: Host
  onDamaged?: OnDamaged
  clusters: Clusters & { readonly namespaceOf: (context: string) => Promise<string> }
}): ChangeMethods & { stop(): Promise<void> } {
  const journal = openJournal(join(host.dataFolder, 'journal'), onDamaged)
  /** Changes that are under way; the app waits for them before it ends. */
  const running = new Set<Promise<unknown>>()

  const planOf = async (
    { context, text, force }: { context: string; text: string; force: readonly string[] },
    signal: AbortSignal,
  ): Promise<PlannedText> =>
    planText({
      client: clusters.client(context),
      text,
      force,
      signal,
      namespace: await clusters.namespaceOf(context),
    })
  const planDeletion = async (
    context: string,
    id: ResourceId,
    signal: AbortSignal,
  ): Promise<PlannedText> => ({
    steps: [await planDelete(clusters.client(context), id, await clusters.namespaceOf(context), signal)],
    problems: [],
  })
  const planPatching = async (
    { context, patches }: { context: string; patches: readonly ObjectPatch[] },
    signal: AbortSignal,
  ): Promise<PlannedText> =>
    planPatches(clusters.client(context), patches, await clusters.namespaceOf(context), signal)
  async function findEntry(id: string): Promise<JournalEntry> {
    const entry = await journal.find(id)
    if (entry) return entry
    throw new ProblemError({ code: 'not-found', message: 'The journal has no such entry' })
  }
  const planReversal = async (entry: JournalEntry, signal: AbortSignal): Promise<PlannedText> => ({
    steps: await planRevert(
      clusters.client(entry.context),
      entry,
      (await journal.values.read(entry.id)) ?? {},
      signal,
    ),
    problems: [],
  })

  async function carryOut(
    plan: PlannedText,
    basis: Basis,
    about: Pick<JournalEntry, 'context' | 'title'> & { readonly revertOf?: string },
  ): Promise<JournalEntry> {
    requireReviewed(plan, basis)
    refuseFaulty(plan)
    const work = runSteps({
      client: clusters.client(about.context),
      journal,
      prepared: plan.steps,
      entry: { id: journal.newId(), at: host.now(), ...about },
    })
    running.add(work)
    try {
      return await work
    } finally {
      running.delete(work)
    }
  }

  const titleOf = (steps: readonly PreparedStep[]): string =>
    steps.map(({ step }) => `${step.id.kind} ${step.id.name}`).join(', ')

  return {
    planChange: async (input, signal) => asPlan(input.context, await planOf(input, signal)),
    applyChange: async (input, signal) =>
      carryOut(await planOf(input, signal), input.basis, { context: input.context, title: input.title }),
    planPatches: async (input, signal) => asPlan(input.context, await planPatching(input, signal)),
    applyPatches: async (input, signal) =>
      carryOut(await planPatching(input, signal), input.basis, {
        context: input.context,
        title: input.title,
      }),
    planDelete: async ({ context, id }, signal) => asPlan(context, await planDeletion(context, id, signal)),
    async applyDelete({ context, id, basis }, signal) {
      const plan = await planDeletion(context, id, signal)
      return carryOut(plan, basis, { context, title: `Delete ${titleOf(plan.steps)}` })
    },
    async planRevert({ entry: id }, signal) {
      const entry = await findEntry(id)
      return asPlan(entry.context, await planReversal(entry, signal))
    },
    async applyRevert({ entry: id, basis }, signal) {
      const entry = await findEntry(id)
      const plan = await planReversal(entry, signal)
      const done = await carryOut(plan, basis, {
        context: entry.context,
        title: `Revert: ${entry.title}`,
        revertOf: entry.id,
      })
      if (done.state === 'applied') await journal.write({ ...entry, revertedBy: done.id })
      return done
    },
    async *watchStates({ context, ids }, signal) {
      yield* followStates(clusters.client(context), ids, await clusters.namespaceOf(context), signal)
    },
    watchJournal: (_input, signal) => journal.watch(signal),
    async stop() {
      await Promise.allSettled(running)
    },
  }
}
