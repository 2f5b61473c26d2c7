import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import type { Problem } from '../../../domain/problem.ts'
import type { ChangePlan } from '../../../shared/contract/changes.ts'
import { useApi } from '../../state/api.ts'
import { follow } from '../../state/follow.ts'
import { objectWords, stepKey } from './words.ts'

/** As many objects as are followed at once; applying compares all of them. */
const FOLLOWED = 100

/**
 * Follows the objects of a plan while it is reviewed. When one changes, the plan is made again; what the user has not
 * seen yet is not applied by the next click. Only inside `setup`.
 */
export function useChangedMeanwhile({
  plan,
  isApplying,
  planAgain,
}: {
  readonly plan: Readonly<ShallowRef<ChangePlan | undefined>>
  readonly isApplying: Readonly<ShallowRef<boolean>>
  readonly planAgain: () => void
}) {
  const api = useApi()
  /** What the review says of it. */
  const notice = shallowRef<Problem>()
  /** A click was refused for its sake. */
  const isRefused = shallowRef(false)
  let names = new Set<string>()
  /** The plan on the screen was made again, and the user has not been told by a click or agreed. */
  let isUnseen = false
  /** The plan that a refused click was about: until there is another, its changes are known. */
  let refusedPlan: ChangePlan | undefined

  const followed = computed(() => {
    const steps = plan.value?.steps.slice(0, FOLLOWED) ?? []
    return JSON.stringify([plan.value?.context ?? '', steps.map(({ id }) => id)])
  })
  watch(
    followed,
    (_, before, onCleanup) => {
      const { context, steps } = plan.value ?? { context: '', steps: [] }
      if (steps.length === 0) return
      const ids = steps.slice(0, FOLLOWED).map(({ id }) => ({ ...id }))
      const following = follow(
        signal => api.watchStates({ context, ids }, signal),
        states => {
          // Our own change is no news.
          if (isApplying.value) return
          const moved = (plan.value?.steps ?? []).filter(step => {
            const state = states[stepKey(step)]
            return state !== undefined && state !== step.base
          })
          if (moved.length > 0) note(moved.map(({ id }) => objectWords(id)))
        },
        // Applying compares the objects all the same.
        () => {},
      )
      onCleanup(() => following.stop())
    },
    { immediate: true },
  )

  function note(moved: readonly string[]): void {
    if (refusedPlan === undefined || refusedPlan !== plan.value) {
      names = new Set([...names, ...moved])
      isUnseen = true
      isRefused.value = false
      notice.value = {
        code: 'conflict',
        message: `${[...names].join(', ')} changed in the cluster while this review was open`,
        hint: 'The difference is now against the object as it is. Check it before you apply it.',
      }
    }
    planAgain()
  }

  function forget(): void {
    names = new Set()
    isUnseen = false
    isRefused.value = false
    notice.value = undefined
    refusedPlan = undefined
  }

  return {
    notice,
    isRefused,
    /** The user has seen the new plan, or it is another review. */
    forget,
    /** The backend has refused the plan: it is made again. */
    refuse(problem: Problem): void {
      refusedPlan = plan.value
      isUnseen = false
      isRefused.value = true
      notice.value = { ...problem, message: `Not applied: ${problem.message}` }
      planAgain()
    },
    /** Whether this click is refused, because its plan has changed before the user's eyes. The next one is not. */
    refuseUnseen(): boolean {
      if (!isUnseen || notice.value === undefined) return false
      isUnseen = false
      isRefused.value = true
      notice.value = { ...notice.value, message: `Not applied: ${notice.value.message}` }
      return true
    },
  }
}
