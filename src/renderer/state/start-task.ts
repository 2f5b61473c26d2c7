import { toProblem } from '../../domain/problem.ts'
import { readTaskRequest, type TaskRequest, type TaskSummary } from '../../shared/contract/tasks.ts'
import { useApi } from './api.ts'
import { notify } from './notices.ts'
import { flushSettings } from './settings.ts'
import { showTask } from './tasks.ts'

/** Begins long work; undefined where it did not begin, which the user is notified of. */
export type StartTask = (request: TaskRequest) => Promise<TaskSummary | undefined>

/**
 * How a view begins long work: the task is shown in Activity from its first step on. Only inside `setup`.
 * `tasks` of `state/tasks.ts` has what becomes of it, by its id.
 */
export function useStartTask(): StartTask {
  const api = useApi()
  return async request => {
    try {
      // Forms give reactive objects, which cannot be sent to another process: their JSON can.
      const plain = readTaskRequest(JSON.parse(JSON.stringify(request)))
      // The backend reads the mirror itself: what was just typed counts.
      await flushSettings()
      const task = await api.startTask(plain)
      showTask(task.id)
      return task
    } catch (error) {
      const problem = toProblem(error)
      notify({ kind: 'bad', message: problem.message, problem })
      return undefined
    }
  }
}
