import { computed, shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { Api } from '../../shared/contract.ts'
import type { TaskSummary } from '../../shared/contract/tasks.ts'
import { follow } from './follow.ts'
import { panelTab } from './panel.ts'

/** Long work of the backend, newest first; it outlives this window. */
export const tasks = shallowRef<readonly TaskSummary[]>([])
export const tasksProblem = shallowRef<Problem>()
export const runningTasks = computed(() => tasks.value.filter(({ state }) => state === 'running'))
/** The task whose steps and lines Activity shows unfolded. */
export const unfoldedTask = shallowRef<string>()

/** Opens Activity with this task unfolded. */
export function showTask(id: string): void {
  unfoldedTask.value = id
  panelTab.value = 'activity'
}

export function followTasks(api: Pick<Api, 'watchTasks'>): () => void {
  return follow(
    signal => api.watchTasks(undefined, signal),
    found => {
      tasks.value = found
      tasksProblem.value = undefined
    },
    problem => (tasksProblem.value = problem),
  ).stop
}
