import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { toProblem, type Problem } from '../../domain/problem.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'
import { useApi } from './api.ts'

/** As many lines as the window draws; the backend keeps all of them. */
const SHOWN = 2_000

/**
 * The lines of a task, the earlier ones first; read again when an ended task is resumed. `passedOver` lines came before
 * those that are shown.
 */
export function useTaskLines(
  id: () => string,
  isRunning: () => boolean,
): {
  readonly lines: ShallowRef<readonly TaskLine[]>
  readonly passedOver: ShallowRef<number>
  readonly problem: ShallowRef<Problem | undefined>
} {
  const api = useApi()
  const lines = shallowRef<readonly TaskLine[]>([])
  const passedOver = shallowRef(0)
  const problem = shallowRef<Problem>()
  let reading = new AbortController()

  async function read(task: string, { signal }: AbortController): Promise<void> {
    lines.value = []
    passedOver.value = 0
    problem.value = undefined
    try {
      for await (const batch of api.watchTaskLines({ id: task }, signal)) {
        if (signal.aborted) return
        const all = [...lines.value, ...batch]
        passedOver.value += Math.max(0, all.length - SHOWN)
        lines.value = all.slice(-SHOWN)
      }
    } catch (error) {
      if (!signal.aborted) problem.value = toProblem(error)
    }
  }

  watch(
    [id, isRunning],
    ([task, runs], [before]) => {
      // What has ended sends its last lines by itself; only what begins, or is another task, is read from its start.
      if (task === before && !runs) return
      reading.abort()
      reading = new AbortController()
      void read(task, reading)
    },
    { immediate: true },
  )
  onScopeDispose(() => reading.abort())
  return { lines, passedOver, problem }
}
