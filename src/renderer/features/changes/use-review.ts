import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import { resourceKey } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { ChangePlan, JournalEntry, JournalStep } from '../../../shared/contract/changes.ts'
import type { Draft } from '../../../shared/contract/workspace.ts'
import { startActivity } from '../../state/activities.ts'
import { useApi } from '../../state/api.ts'
import { connection, context } from '../../state/contexts.ts'
import { drafts, rebaseDraft } from '../../state/drafts.ts'
import { originTitle } from '../../state/origin-words.ts'
import type { PendingReview } from '../../state/review.ts'
import { joinTexts, type JoinedTexts } from './join-texts.ts'
import { useChangedMeanwhile } from './use-changed-meanwhile.ts'
import { applyWords, basisOf, countOf, nameSteps, outcomeWords, refusalOf } from './words.ts'

/** Not carried out, because its object is not the one any more that was reviewed. */
const isConflict = ({ problem }: JournalStep): boolean => problem?.code === 'conflict'

/** Plans what is to be reviewed, again whenever its text, its context or what is taken over changes. */
export function useReview(pending: () => PendingReview) {
  const api = useApi()
  const plan = shallowRef<ChangePlan>()
  /** What was asked for when the plan was made: it is what is applied, not a text that changed since. */
  let planned = { text: '', force: [] as string[], context: '' }
  const problem = shallowRef<Problem>()
  const isPlanning = shallowRef(false)
  const isApplying = shallowRef(false)
  const attempt = shallowRef(0)
  /** Managers whose fields are taken over, by object. */
  const taken = shallowRef<ReadonlyMap<string, readonly string[]>>(new Map())

  const openDrafts = computed(() => {
    const review = pending()
    return review.kind === 'text' ? review.draftIds.flatMap(id => drafts.value.get(id) ?? []) : []
  })
  /** The drafts as they are now, where they are still open: a fault may have been mended meanwhile. */
  const joined = computed<JoinedTexts>(() => {
    const review = pending()
    if (review.kind !== 'text') return joinTexts([''])
    const isWhole = openDrafts.value.length > 0 && openDrafts.value.length === review.draftIds.length
    const ahead = review.ahead === undefined ? [] : [review.ahead]
    return joinTexts([...ahead, ...(isWhole ? openDrafts.value.map(({ text }) => text) : [review.text])])
  })
  /** A draft of an object belongs to its cluster. */
  const foreignContext = computed(
    () =>
      openDrafts.value
        .flatMap(({ origin }) => (origin.kind === 'object' ? [origin.context] : []))
        .find(name => name !== context.value) ?? undefined,
  )
  const input = computed(() => ({
    context: context.value,
    text: joined.value.text,
    force: [...taken.value.keys()],
  }))

  const patchesOf = ({ context: of, patches }: Extract<PendingReview, { kind: 'patches' }>) => ({
    context: of,
    patches: patches.map(({ id, patch }) => ({ id: { ...id }, patch })),
  })

  function ask(signal: AbortSignal): Promise<ChangePlan> {
    const review = pending()
    switch (review.kind) {
      case 'text':
        return api.planChange(input.value, signal)
      case 'patches':
        return api.planPatches(patchesOf(review), signal)
      case 'delete':
        return api.planDelete({ context: context.value, id: { ...review.id } }, signal)
      case 'revert':
        return api.planRevert({ entry: review.entry }, signal)
    }
  }

  watch(pending, () => {
    plan.value = undefined
    taken.value = new Map()
  })
  watch(
    [pending, input, attempt, () => connection.value.kind === 'live'],
    async (_, before, onCleanup) => {
      if (context.value === '' || isApplying.value) return
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      isPlanning.value = true
      const asked = input.value
      try {
        const found = await ask(stop.signal)
        if (stop.signal.aborted) return
        planned = asked
        plan.value = found
        problem.value = undefined
      } catch (error) {
        if (stop.signal.aborted) return
        plan.value = undefined
        problem.value = toProblem(error)
      }
      isPlanning.value = false
    },
    { immediate: true },
  )
  let isGone = false
  onScopeDispose(() => (isGone = true))

  /** What the button says. */
  const words = computed(() => applyWords(pending().kind, plan.value, context.value))
  const refusal = computed(() => {
    if (foreignContext.value !== undefined)
      return `The draft is of ${foreignContext.value}: switch to that context first`
    if (isPlanning.value) return 'The dry run is still under way'
    if (problem.value !== undefined) return 'The change could not be tried out'
    return refusalOf(plan.value)
  })

  /** A text that is called by its number or its file, or several together, is named by what it changes. */
  const title = computed(() => {
    const review = pending()
    if (review.kind !== 'text') return ''
    const steps = plan.value?.steps ?? []
    const isOfText = ({ origin }: Draft): boolean =>
      origin.kind !== 'object' && originTitle(origin) === review.title
    if (steps.length > 0 && (review.title === '' || openDrafts.value.some(isOfText))) return nameSteps(steps)
    return review.title || countOf(review.draftIds.length, 'draft')
  })

  const changed = useChangedMeanwhile({ plan, isApplying, planAgain: () => attempt.value++ })
  watch(pending, () => changed.forget())

  function send(reviewed: ChangePlan): Promise<JournalEntry> {
    const review = pending()
    const basis = basisOf(reviewed)
    switch (review.kind) {
      case 'text':
        return api.applyChange({ ...planned, basis, title: title.value })
      case 'patches':
        return api.applyPatches({ ...patchesOf(review), basis, title: review.title })
      case 'delete':
        return api.applyDelete({ context: context.value, id: { ...review.id }, basis })
      case 'revert':
        return api.applyRevert({ entry: review.entry, basis })
    }
  }

  return {
    plan,
    problem,
    isPlanning,
    isApplying,
    taken,
    joined,
    openDrafts,
    words,
    refusal,
    title,
    changed,
    planAgain: () => attempt.value++,
    takeOver(id: Parameters<typeof resourceKey>[0], managers: readonly string[], isTaken: boolean) {
      const next = new Map(taken.value)
      if (isTaken) next.set(resourceKey(id), managers)
      else next.delete(resourceKey(id))
      taken.value = next
    },
    /** Applies what was reviewed. `isGone` tells whether the user has left the review meanwhile. */
    async apply(): Promise<{ readonly entry: JournalEntry; readonly isGone: boolean } | undefined> {
      const reviewed = plan.value
      if (refusal.value !== undefined || isApplying.value || reviewed === undefined) return undefined
      // What the user has not seen yet is not applied.
      if (changed.refuseUnseen()) return undefined
      isApplying.value = true
      const sent = openDrafts.value
      const activity = startActivity(words.value)
      try {
        const entry = await send(reviewed)
        const conflict = entry.state === 'failed' ? entry.steps.find(isConflict) : undefined
        if (conflict?.problem !== undefined) {
          changed.refuse(conflict.problem)
          activity.fail(conflict.problem)
          return undefined
        }
        activity.tell(outcomeWords(entry))
        activity.finish()
        // What is applied is no draft any more. A file's text stays one until it is saved to its file.
        if (entry.state === 'applied')
          for (const { id, text, origin } of sent) if (origin.kind !== 'file') rebaseDraft(id, text)
        return { entry, isGone }
      } catch (error) {
        const refused = toProblem(error)
        activity.fail(refused)
        if (refused.code === 'conflict') changed.refuse(refused)
        else problem.value = refused
        return undefined
      } finally {
        isApplying.value = false
      }
    },
  }
}
