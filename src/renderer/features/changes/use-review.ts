import { computed, ref, shallowRef, watch } from 'vue'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import { resourceKey } from '../../../domain/resources/kubernetes-object.ts'
import type { ChangePlan, ChangeStep, JournalEntry } from '../../../shared/contract/changes.ts'
import { startActivity } from '../../state/activities.ts'
import { useApi } from '../../state/api.ts'
import { connection, context } from '../../state/contexts.ts'
import { discardDraft } from '../../state/drafts.ts'
import { notify } from '../../state/notices.ts'
import { pendingReview, reviewRevert, type PendingReview } from '../../state/review.ts'
import { countChanges, nameOf } from './words.ts'

const changing = (steps: readonly ChangeStep[]): readonly ChangeStep[] =>
  steps.filter(({ action }) => action !== 'unchanged')

/** Plans what is pending, and carries it out when the user says so. */
export function useReview() {
  const api = useApi()
  const plan = shallowRef<ChangePlan>()
  const problem = shallowRef<Problem>()
  const isPlanning = ref(false)
  const isApplying = ref(false)
  /** Objects whose conflicts the user takes over. */
  const taken = shallowRef<ReadonlySet<string>>(new Set())

  async function ask(pending: PendingReview, signal: AbortSignal): Promise<ChangePlan> {
    switch (pending.kind) {
      case 'text':
        return api.planChange({ context: context.value, text: pending.text, force: [...taken.value] }, signal)
      case 'delete':
        return api.planDelete({ context: context.value, id: { ...pending.id } }, signal)
      case 'revert':
        return api.planRevert({ entry: pending.entry }, signal)
    }
  }

  async function makePlan(pending: PendingReview, signal: AbortSignal): Promise<void> {
    isPlanning.value = true
    problem.value = undefined
    try {
      const made = await ask(pending, signal)
      if (!signal.aborted) plan.value = made
    } catch (error) {
      if (!signal.aborted) problem.value = toProblem(error)
    } finally {
      if (!signal.aborted) isPlanning.value = false
    }
  }

  watch(pendingReview, () => {
    plan.value = undefined
    taken.value = new Set()
  })
  watch(
    [pendingReview, context, taken, () => connection.value.kind],
    ([pending, , , state], _, onCleanup) => {
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      if (!pending) return
      if (state === 'live' || pending.kind === 'revert') void makePlan(pending, stop.signal)
    },
    { immediate: true },
  )

  const steps = computed(() => plan.value?.steps ?? [])
  const changes = computed(() => changing(steps.value))
  /** The cluster that is changed: a revert goes to where the change was made. */
  const target = computed(() => plan.value?.context ?? context.value)

  const actionWords = computed(() => {
    const [only] = changes.value
    switch (pendingReview.value?.kind) {
      case 'delete':
        return only ? `Delete ${nameOf(only)} in ${target.value}` : `Delete in ${target.value}`
      case 'revert':
        return `Revert ${countChanges(changes.value.length)} in ${target.value}`
      default:
        return `Apply ${countChanges(changes.value.length)} to ${target.value}`
    }
  })

  const refusal = computed<string | undefined>(() => {
    if (isPlanning.value || !plan.value)
      return problem.value ? 'The plan could not be made' : 'The dry run is under way'
    const found =
      plan.value.problems.length + steps.value.reduce((sum, step) => sum + step.problems.length, 0)
    if (found > 0)
      return found === 1 ? 'There is a problem to solve first' : `There are ${found} problems to solve first`
    if (steps.value.some(({ conflicts, id }) => conflicts.length > 0 && !taken.value.has(resourceKey(id))))
      return 'Decide on the fields that others own first'
    return changes.value.length === 0 ? 'Nothing would change' : undefined
  })

  function takeOver(step: ChangeStep, isTaken: boolean): void {
    const next = new Set(taken.value)
    if (isTaken) next.add(resourceKey(step.id))
    else next.delete(resourceKey(step.id))
    taken.value = next
  }

  async function send(pending: PendingReview): Promise<JournalEntry> {
    switch (pending.kind) {
      case 'text': {
        const { text, title } = pending
        return api.applyChange({ context: target.value, text, title, force: [...taken.value] })
      }
      case 'delete':
        return api.applyDelete({ context: target.value, id: { ...pending.id } })
      case 'revert':
        return api.applyRevert({ entry: pending.entry })
    }
  }

  function tell(entry: JournalEntry, pending: PendingReview): void {
    const done = entry.steps.filter(
      ({ outcome, action }) => outcome === 'applied' && action !== 'unchanged',
    ).length
    const failed = entry.steps.find(({ outcome }) => outcome === 'failed')
    const where = `${countChanges(done)} ${pending.kind === 'revert' ? 'in' : 'to'} ${entry.context}`
    if (failed)
      notify({
        kind: 'bad',
        message: `${nameOf(failed)} could not be changed. ${done === 0 ? 'Nothing was applied.' : `Applied ${where} before it.`}`,
        ...(failed.problem === undefined ? {} : { problem: failed.problem }),
      })
    else
      notify({
        kind: 'good',
        message: pending.kind === 'revert' ? `Reverted ${where}` : `Applied ${where}`,
        ...(pending.kind === 'revert'
          ? {}
          : { action: { title: 'Revert', run: () => reviewRevert(entry.id) } }),
      })
  }

  /** Carries the plan out; returns the journal's entry, or undefined where it was refused. */
  async function apply(): Promise<JournalEntry | undefined> {
    const pending = pendingReview.value
    if (!pending || refusal.value !== undefined || isApplying.value) return undefined
    isApplying.value = true
    const activity = startActivity(actionWords.value)
    try {
      const entry = await send(pending)
      activity.finish()
      tell(entry, pending)
      if (entry.state === 'applied') {
        if (pending.kind === 'text') for (const id of pending.draftIds) discardDraft(id)
        pendingReview.value = undefined
      }
      return entry
    } catch (error) {
      problem.value = toProblem(error)
      activity.fail(problem.value)
      return undefined
    } finally {
      isApplying.value = false
    }
  }

  return { plan, steps, problem, isPlanning, isApplying, taken, actionWords, refusal, takeOver, apply }
}
