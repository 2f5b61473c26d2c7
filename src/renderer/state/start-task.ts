import { toProblem } from '../../domain/problem.ts'
import type { TaskSummary } from '../../shared/contract/tasks.ts'
import { useApi } from './api.ts'
import { notify } from './notices.ts'
import { flushSettings } from './settings.ts'
import { showTask } from './tasks.ts'

/** Begins long work of a kind that the backend knows; undefined where it did not begin, which is told to the user. */
export type StartTask = (kind: string, input: unknown) => Promise<TaskSummary | undefined>

/**
 * How a view begins long work: the task is shown in Activity from its first step on. Only inside `setup`.
 * `tasks` of `state/tasks.ts` has what becomes of it, by its id.
 */
export function useStartTask(): StartTask {
  const api = useApi()
  return async (kind, input) => {
    try {
      // Forms give reactive objects, which cannot be sent to another process: their JSON can.
      const plain: unknown = input === undefined ? null : JSON.parse(JSON.stringify(input))
      // The backend reads the mirror itself: what was just typed counts.
      await flushSettings()
      const task = await api.startTask({ kind, input: plain })
      showTask(task.id)
      return task
    } catch (error) {
      const problem = toProblem(error)
      notify({ kind: 'bad', message: problem.message, problem })
      return undefined
    }
  }
}
