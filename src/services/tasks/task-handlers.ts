import type { Backend } from '../../shared/contract.ts'
import type { TaskProgress } from '../../shared/contract/define-task.ts'
import { findTask, type TaskSummary } from '../../shared/contract/tasks.ts'
import { assertTaskPaths } from '../workspace/assert-task-paths.ts'
import type { Grants } from '../workspace/grants.ts'
import { OUTCOME } from './step-state.ts'
import type { Task } from './task.ts'
import type { Tasks } from './tasks.ts'

/** What the window sees of a task: its input and the state of its steps stay here, but for the outcome. */
function summarize(task: Task): TaskSummary {
  const { id, title, subject, state, steps, startedAt, endedAt, leftovers } = task
  const progress: TaskProgress = {
    id,
    title,
    subject,
    state,
    steps,
    startedAt,
    leftovers,
    ...(endedAt === undefined ? {} : { endedAt }),
  }
  const contract = findTask(task.kind)
  return contract ? contract.summarize(progress, task.memory[OUTCOME]) : { ...progress, kind: 'unknown' }
}

/** The window's side of the tasks. */
export function createTaskHandlers(
  tasks: Tasks,
  grants: Grants,
): Pick<Backend, 'startTask' | 'resumeTask' | 'cancelTask' | 'forgetTask' | 'watchTasks' | 'watchTaskLines'> {
  return {
    async startTask(request) {
      await assertTaskPaths(grants, request)
      return summarize(await tasks.start(request))
    },
    resumeTask: async ({ id }) => summarize(await tasks.resume(id)),
    cancelTask: async ({ id }) => summarize(await tasks.cancel(id)),
    forgetTask: ({ id }) => tasks.forget(id),
    async *watchTasks(_input, signal) {
      for await (const all of tasks.watch(signal)) yield all.map(summarize)
    },
    watchTaskLines: ({ id }, signal) => tasks.watchLines(id, signal),
  }
}
