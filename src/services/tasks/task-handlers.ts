import type { Backend } from '../../shared/contract.ts'
import type { TaskOutcome, TaskSummary } from '../../shared/contract/tasks.ts'
import { assertTaskPaths } from '../workspace/assert-task-paths.ts'
import type { Grants } from '../workspace/grants.ts'
import type { Json, Task } from './task.ts'
import type { Tasks } from './tasks.ts'

/** What the window sees of a task: its input and memory stay here, but for the outcome that a step remembered. */
function summarize(task: Task): TaskSummary {
  const { id, kind, title, state, steps, startedAt, endedAt, leftBehind } = task
  const outcome = readTaskOutcome(task)
  return {
    id,
    kind,
    title,
    state,
    steps,
    startedAt,
    leftBehind,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

/** What a task ended in, where one of its steps remembered it as `outcome`. */
export function readTaskOutcome({ state, memory }: Task): TaskOutcome | undefined {
  const outcome = memory['outcome']
  return state === 'done' && outcome !== undefined ? (outcome as unknown as TaskOutcome) : undefined
}

/** The window's side of the tasks. */
export function createTaskHandlers(
  tasks: Tasks,
  grants: Grants,
): Pick<Backend, 'startTask' | 'resumeTask' | 'cancelTask' | 'forgetTask' | 'watchTasks' | 'watchTaskLines'> {
  return {
    // What crossed the contract is JSON; whether it is this kind's input, its definition says.
    async startTask({ kind, input }) {
      await assertTaskPaths(grants, kind, input)
      return summarize(await tasks.start(kind, (input ?? null) as Json))
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
