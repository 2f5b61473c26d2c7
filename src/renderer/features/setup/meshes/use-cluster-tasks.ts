import { computed, watch, type ComputedRef } from 'vue'
import type { TaskKind, TaskSummary } from '../../../../shared/contract/tasks.ts'
import { tasks } from '../../../state/tasks.ts'

/** The running task of some kinds, and a call when one of them has ended. */
export function useClusterTasks(
  kinds: readonly TaskKind[],
  onEnded: () => void,
): { readonly running: ComputedRef<TaskSummary | undefined> } {
  const own = computed(() => tasks.value.filter(({ kind }) => kinds.some(each => each === kind)))
  const running = computed(() => own.value.find(({ state }) => state === 'running'))
  const ended = computed(() => own.value.map(({ id, endedAt = 0 }) => `${id}@${endedAt}`).join())
  watch(ended, onEnded)
  return { running }
}
