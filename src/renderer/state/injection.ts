import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { PodInjection } from '../../domain/setup/injection/pod-injection.ts'
import type { InjectionReport } from '../../shared/contract/setup/injection.ts'
import { useApi } from './api.ts'
import { context, namespaces } from './contexts.ts'
import { follow, type Following } from './follow.ts'

/** Follows a stream of the chosen context; begins again where the question changes. Only inside `setup`. */
function useStream<Input, Item>(
  question: () => Input | undefined,
  open: (input: Input, signal: AbortSignal) => AsyncIterable<Item>,
): { readonly value: ShallowRef<Item | undefined>; readonly problem: ShallowRef<Problem | undefined> } {
  const value = shallowRef<Item>()
  const problem = shallowRef<Problem>()
  let following: Following | undefined
  watch(
    () => JSON.stringify(question() ?? null),
    text => {
      following?.stop()
      following = undefined
      value.value = undefined
      problem.value = undefined
      const input = JSON.parse(text) as Input | null
      if (input === null) return
      following = follow(
        signal => open(input, signal),
        item => {
          value.value = item
          problem.value = undefined
        },
        found => (problem.value = found),
      )
    },
    { immediate: true },
  )
  onScopeDispose(() => following?.stop())
  return { value, problem }
}

/** Who is in the mesh, in the chosen namespaces. */
export function useInjection() {
  const api = useApi()
  const { value, problem } = useStream(
    () => (context.value === '' ? undefined : { context: context.value, namespaces: [...namespaces.value] }),
    (input, signal): AsyncIterable<InjectionReport> => api.watchInjection(input, signal),
  )
  return { report: value, problem }
}

/** The pods of a workload, or one pod, each with why it is in the mesh or not; undefined asks nothing. */
export function useInjectedPods(
  target: () =>
    | {
        readonly namespace: string
        readonly workload?: { readonly kind: string; readonly name: string }
        readonly pod?: string
      }
    | undefined,
) {
  const api = useApi()
  const { value, problem } = useStream(
    () => {
      const wanted = target()
      return wanted === undefined || context.value === '' ? undefined : { context: context.value, ...wanted }
    },
    (input, signal): AsyncIterable<readonly PodInjection[]> => api.watchInjectedPods(input, signal),
  )
  return { pods: value, problem }
}
