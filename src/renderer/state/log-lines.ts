import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import { useApi } from './api.ts'
import { context } from './contexts.ts'
import { follow, type Following } from './follow.ts'
import type { LogTarget } from './panel.ts'

const KEPT = 5_000
const TAIL = 500

export interface LogLine {
  readonly number: number
  readonly text: string
}

/** The log of a container as it comes, at most the last 5,000 lines. */
export function useLogLines(target: () => LogTarget | undefined): {
  readonly lines: ShallowRef<readonly LogLine[]>
  readonly problem: ShallowRef<Problem | undefined>
} {
  const api = useApi()
  const lines = shallowRef<readonly LogLine[]>([])
  const problem = shallowRef<Problem>()
  let following: Following | undefined
  watch(
    [target, context],
    ([chosen, name]) => {
      following?.stop()
      lines.value = []
      problem.value = undefined
      if (chosen === undefined || name === '') return
      let last = 0
      let isFirst = true
      following = follow(
        signal => {
          // After a break only new lines are asked for: the ones already shown would come twice.
          const tail = isFirst ? TAIL : 0
          isFirst = false
          return api.watchLogs({ context: name, ...chosen, tail }, signal)
        },
        batch => {
          problem.value = undefined
          const next = batch.lines.map(text => ({ number: ++last, text }))
          lines.value = [...lines.value, ...next].slice(-KEPT)
        },
        found => (problem.value = found),
      )
    },
    { immediate: true },
  )
  onScopeDispose(() => following?.stop())
  return { lines, problem }
}
