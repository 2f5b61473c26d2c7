import { onScopeDispose, shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { Canary } from '../../shared/contract/canary.ts'
import { useApi } from './api.ts'
import { follow, type Following } from './follow.ts'

/** Every stepped canary of this installation, newest first. */
export const canaries = shallowRef<readonly Canary[]>([])
export const canariesProblem = shallowRef<Problem>()

let readers = 0
let following: Following | undefined

/** Follows the canaries as long as one component that called this lives; only inside `setup`. */
export function useCanaries(): void {
  const api = useApi()
  readers += 1
  following ??= follow(
    signal => api.watchCanaries(undefined, signal),
    found => {
      canaries.value = found
      canariesProblem.value = undefined
    },
    problem => (canariesProblem.value = problem),
  )
  onScopeDispose(() => {
    readers -= 1
    if (readers > 0) return
    following?.stop()
    following = undefined
  })
}
