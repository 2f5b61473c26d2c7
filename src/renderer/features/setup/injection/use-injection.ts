import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Problem } from '../../../../domain/problem.ts'
import type { PodInjection } from '../../../../domain/injection/pod-injection.ts'
import type { WorkloadInjection } from '../../../../domain/injection/summarize-injection.ts'
import type { InjectionReport } from '../../../../shared/contract/injection.ts'
import { useApi } from '../../../state/api.ts'
import { context, namespaces } from '../../../state/contexts.ts'
import { follow, type Following } from '../../../state/follow.ts'

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

/** The pods of a workload, each with why it is in the mesh or not. */
export function useInjectedPods(workload: () => WorkloadInjection) {
  const api = useApi()
  const { value, problem } = useStream(
    () => {
      const { kind, name, namespace } = workload()
      return { context: context.value, namespace, workload: { kind, name } }
    },
    (input, signal): AsyncIterable<readonly PodInjection[]> => api.watchInjectedPods(input, signal),
  )
  return { pods: value, problem }
}
