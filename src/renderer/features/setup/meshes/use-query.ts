import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { toProblem, type Problem } from '../../../../domain/problem.ts'

export interface Query<T> {
  readonly value: Readonly<ShallowRef<T | undefined>>
  readonly problem: Readonly<ShallowRef<Problem | undefined>>
  readonly isBusy: Readonly<Ref<boolean>>
  /** Asks again; what was known stays until the answer. */
  readonly refetch: () => Promise<void>
}

/** Asks the backend now and whenever the key changes; only the newest answer counts. */
export function useQuery<T>(
  key: () => string,
  fetch: (key: string, signal: AbortSignal) => Promise<T>,
): Query<T> {
  const value = shallowRef<T>()
  const problem = shallowRef<Problem>()
  const isBusy = ref(false)
  let current = new AbortController()

  async function refetch(): Promise<void> {
    current.abort()
    const { signal } = (current = new AbortController())
    const now = key()
    if (now === '') return
    isBusy.value = true
    try {
      const answer = await fetch(now, signal)
      if (signal.aborted) return
      value.value = answer
      problem.value = undefined
    } catch (error) {
      if (!signal.aborted) problem.value = toProblem(error)
    } finally {
      if (!signal.aborted) isBusy.value = false
    }
  }
  watch(
    key,
    () => {
      value.value = undefined
      problem.value = undefined
      void refetch()
    },
    { immediate: true },
  )
  onScopeDispose(() => current.abort())
  return { value, problem, isBusy, refetch }
}
