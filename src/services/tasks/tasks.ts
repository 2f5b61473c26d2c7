import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { OnDamaged } from '../storage/stored-json.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { openProcessRecords } from './process-records.ts'
import { runSteps } from './run-steps.ts'
import { openTaskHistory } from './task-history.ts'
import { openTaskLog, type TaskLog } from './task-log.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'
import type { Json } from './step-state.ts'
import type { StepDefinition, Task, TaskDefinition } from './task.ts'

export interface TasksDependencies {
  /** Where the history is kept. */
  readonly folder: string
  readonly definitions: readonly TaskDefinition[]
  readonly now: () => number
  readonly cleanUpTimeoutMs?: number
  readonly onDamaged?: OnDamaged
}

/** What starts a task. The definition of its kind reads the input. */
export interface StartRequest {
  readonly kind: string
  readonly input: Json
}

/** Long work: started, followed, stopped and resumed. It runs on when the window that started it is gone. */
export interface Tasks {
  readonly start: (request: StartRequest) => Promise<Task>
  /** Resumes a failed or cancelled task at the step that is not done. */
  readonly resume: (id: string) => Promise<Task>
  /** Stops a task and returns it when it has cleaned up. */
  readonly cancel: (id: string) => Promise<Task>
  /** The task when it has ended. */
  readonly wait: (id: string) => Promise<Task>
  readonly list: () => Promise<readonly Task[]>
  /** All tasks, newest first, at each change. */
  readonly watch: (signal: AbortSignal) => AsyncGenerator<readonly Task[]>
  /** The lines of a task, the earlier ones first; it ends with the task. */
  readonly watchLines: (id: string, signal: AbortSignal) => AsyncGenerator<readonly TaskLine[]>
  readonly forget: (id: string) => Promise<void>
  /** Stops everything that runs. */
  readonly stop: () => Promise<void>
}

interface Running {
  readonly stop: AbortController
  readonly ended: Promise<Task>
  readonly log: Promise<TaskLog>
  readonly lock: string | undefined
}

const CLEAN_UP_TIMEOUT_MS = 60_000

export function createTasks({
  folder,
  definitions,
  now,
  cleanUpTimeoutMs = CLEAN_UP_TIMEOUT_MS,
  onDamaged,
}: TasksDependencies): Tasks {
  const history = openTaskHistory(folder, onDamaged)
  const programs = openProcessRecords(join(folder, 'processes'))
  const tasks = createLatestValue<readonly Task[]>([])
  const running = new Map<string, Running>()
  let loaded: Promise<void> | undefined

  const load = (): Promise<void> => {
    loaded ??= history.load().then(found => tasks.set(found))
    // A disk that failed once may work the next time.
    loaded.catch(() => (loaded = undefined))
    return loaded
  }
  const show = (task: Task): void =>
    tasks.set(
      tasks.get().some(({ id }) => id === task.id)
        ? tasks.get().map(each => (each.id === task.id ? task : each))
        : [task, ...tasks.get()],
    )

  async function find(id: string): Promise<Task> {
    await load()
    const task = tasks.get().find(each => each.id === id)
    if (task) return task
    throw new ProblemError({
      code: 'not-found',
      message: 'This task is no longer in the history',
      hint: 'Start it again.',
    })
  }

  function describe(kind: string, input: Json): ReturnType<TaskDefinition['describe']> {
    const definition = definitions.find(each => each.kind === kind)
    if (definition) return definition.describe(input)
    throw new ProblemError({
      code: 'unsupported',
      message: `This version of the app has no task "${kind}"`,
      hint: 'Start it again from Setup.',
    })
  }

  /** Everything up to the first await is done at once, so that two starts cannot both find the lock free. */
  async function begin(task: Task, { steps, lock }: ReturnType<TaskDefinition['describe']>): Promise<Task> {
    const other = [...running].find(
      ([id, each]) => id === task.id || (lock !== undefined && each.lock === lock),
    )
    if (other)
      throw new ProblemError({
        code: 'conflict',
        message: `"${tasks.get().find(({ id }) => id === other[0])?.title ?? task.title}" is still running`,
        hint: 'Wait until it ends, or cancel it.',
      })
    const stop = new AbortController()
    const log = (async () => {
      await history.save(task)
      const opened = openTaskLog(task.id, await history.readLines(task.id), history)
      show(task)
      return opened
    })()
    const ended = log.then(opened => runToEnd(task, steps, stop.signal, opened))
    running.set(task.id, { stop, ended, log, lock })
    // Where the disk does not even take the beginning, nothing has begun.
    ended.catch(() => running.delete(task.id))
    await log
    return task
  }

  async function runToEnd(
    task: Task,
    steps: readonly StepDefinition[],
    signal: AbortSignal,
    log: TaskLog,
  ): Promise<Task> {
    const keep = (each: Task): Promise<void> =>
      // The work continues where the disk does not take its history; its state is still shown.
      history.save(each).catch((error: unknown) => console.warn(`The task ${each.id} is not kept`, error))
    const ended = await runSteps({
      task,
      steps,
      signal,
      now,
      cleanUpTimeoutMs,
      programs,
      onLine: line => log.add(line),
      onChange(next, isMilestone) {
        // It can be resumed only once its end is on the disk, so until then it is shown as running.
        show({ ...next, state: 'running' })
        if (isMilestone) void keep(next)
      },
    })
    await log.flush()
    await keep(ended)
    running.delete(task.id)
    show(ended)
    log.close()
    return ended
  }

  return {
    async start({ kind, input }) {
      await load()
      const description = describe(kind, input)
      return await begin(
        {
          id: randomUUID(),
          kind,
          title: description.title,
          subject: description.subject,
          input,
          state: 'running',
          steps: description.steps.map(({ name, title }) => ({ name, title, state: 'waiting' })),
          startedAt: now(),
          leftovers: [],
          memory: {},
        },
        description,
      )
    },
    async resume(id) {
      const task = await find(id)
      if (task.state === 'done')
        throw new ProblemError({
          code: 'bad-input',
          message: `"${task.title}" is done: there is nothing to resume`,
        })
      const { kind, input, startedAt, memory } = task
      const description = describe(kind, input)
      return await begin(
        {
          id,
          kind,
          title: description.title,
          subject: description.subject,
          input,
          startedAt,
          memory,
          state: 'running',
          leftovers: [],
          // A newer app may have other steps: what it calls by the same name and was done stays done.
          steps: description.steps.map(({ name, title }) => {
            const before = task.steps.find(step => step.name === name)
            return before?.state === 'done' ? before : { name, title, state: 'waiting' }
          }),
        },
        description,
      )
    },
    async cancel(id) {
      const active = running.get(id)
      active?.stop.abort()
      return active ? await active.ended : await find(id)
    },
    wait: async id => (await running.get(id)?.ended) ?? (await find(id)),
    async list() {
      await load()
      return tasks.get()
    },
    async *watch(signal) {
      await load()
      yield* tasks.watch(signal)
    },
    async *watchLines(id, signal) {
      await find(id)
      const active = running.get(id)
      if (active) {
        yield* (await active.log).watch(signal)
        return
      }
      const lines = await history.readLines(id)
      if (lines.length > 0) yield lines
    },
    async forget(id) {
      if (running.has(id))
        throw new ProblemError({
          code: 'conflict',
          message: 'The task is still running',
          hint: 'Cancel it first.',
        })
      await load()
      await history.forget(id)
      tasks.set(tasks.get().filter(task => task.id !== id))
    },
    async stop() {
      const all = [...running.values()]
      for (const each of all) each.stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}
