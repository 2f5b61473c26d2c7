import { toProblem, type Problem } from '../../domain/problem.ts'
import { runProcess } from './run-process.ts'
import type { TaskStep } from '../../shared/contract/define-task.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'
import { createSecretFilter } from './known-secrets.ts'
import type { ProcessRecords } from './process-records.ts'
import { createStepState } from './step-state.ts'
import type { StepContext, StepDefinition, Task } from './task.ts'

/** A shorter line of a secret is in too many words to be hidden for itself. */
const MIN_SECRET_LINE_LENGTH = 8

export interface StepsRun {
  readonly task: Task
  readonly steps: readonly StepDefinition[]
  readonly signal: AbortSignal
  readonly now: () => number
  /** `isMilestone`: to be kept on the disk, not only shown. */
  readonly onChange: (task: Task, isMilestone: boolean) => void
  readonly onLine: (line: TaskLine) => void
  /** How long a step may take to clean up behind itself, in milliseconds. */
  readonly cleanUpTimeoutMs: number
  readonly programs?: ProcessRecords
}

/** Runs the steps that are not done, in order, until one fails or the signal aborts. Never throws for a step's sake. */
export async function runSteps(run: StepsRun): Promise<Task> {
  let task = run.task
  const isStopped = (): boolean => run.signal.aborted
  const secrets = new Set<string>()
  const conceal = (text: string): string =>
    [...secrets]
      // The longest first: where one begins with another, its rest would be left.
      .sort((a, b) => b.length - a.length)
      .reduce((shown, secret) => shown.replaceAll(secret, '•••'), text)
  const change = (next: Partial<Task>, isMilestone: boolean): void => {
    task = { ...task, ...next }
    run.onChange(task, isMilestone)
  }
  const changeStep = (name: string, next: Partial<TaskStep>, isMilestone = true): void =>
    change({ steps: task.steps.map(step => (step.name === name ? { ...step, ...next } : step)) }, isMilestone)

  function createContext(name: string, signal: AbortSignal): StepContext {
    const line = (stream: TaskLine['stream'], text: string): void =>
      run.onLine({ at: run.now(), step: name, stream, text: conceal(text) })
    return {
      signal,
      log: text => line('note', text),
      report(progress, note) {
        // Reports of a step that is stopping change nothing any more.
        const step = task.steps.find(each => each.name === name)
        if (step?.state !== 'running') return
        const { title, state, startedAt } = step
        const shown: TaskStep = {
          name,
          title,
          state,
          ...(startedAt === undefined ? {} : { startedAt }),
          ...(progress === undefined ? {} : { progress: Math.min(1, Math.max(0, progress)) }),
          ...(note === undefined ? {} : { note: conceal(note) }),
        }
        change({ steps: task.steps.map(each => (each === step ? shown : each)) }, false)
      },
      run(request) {
        const mark = run.programs?.newMark() ?? {}
        const filters = { stdout: createSecretFilter(), stderr: createSecretFilter() }
        return runProcess({
          ...request,
          env: { ...request.env, ...mark },
          onStart: pid => run.programs?.add(pid, request.command, mark) ?? (() => {}),
          signal,
          onLine(text, stream) {
            if (stream === 'stderr' || request.hasQuietOutput !== true) line(stream, filters[stream](text))
            request.onLine?.(text, stream)
          },
        })
      },
      state: createStepState({
        get: key => (Object.hasOwn(task.memory, key) ? task.memory[key] : undefined),
        set: (key, value) => change({ memory: { ...task.memory, [key]: value } }, true),
      }),
      hide: secret => {
        if (secret === '') return
        secrets.add(secret)
        // Programs print line by line, and a key has many lines.
        for (const line of secret.split(/\r?\n/))
          if (line.trim().length >= MIN_SECRET_LINE_LENGTH) secrets.add(line.trim())
      },
    }
  }

  async function cleanUp(step: StepDefinition, why: 'cancelled' | 'failed'): Promise<readonly string[]> {
    if (step.cleanUp === 'nothing') return []
    const context = createContext(step.name, AbortSignal.timeout(run.cleanUpTimeoutMs))
    const late = new Promise<never>((_, reject) =>
      context.signal.addEventListener('abort', () => reject(new Error('it took too long'))),
    )
    try {
      return (await Promise.race([step.cleanUp(context, why), late])).map(conceal)
    } catch (error) {
      return [`"${step.title}" is half done and could not be undone: ${conceal(toProblem(error).message)}`]
    }
  }

  for (const step of run.steps) {
    if (task.steps.find(({ name }) => name === step.name)?.state === 'done') continue
    if (isStopped()) {
      changeStep(step.name, { state: 'cancelled' })
      change({ state: 'cancelled' }, false)
      break
    }
    changeStep(step.name, { state: 'running', startedAt: run.now() })
    try {
      await step.run(createContext(step.name, run.signal))
      changeStep(step.name, { state: 'done', endedAt: run.now() })
    } catch (error) {
      const why = isStopped() ? 'cancelled' : 'failed'
      const problem = concealProblem(toProblem(error), conceal)
      run.onLine({ at: run.now(), step: step.name, stream: 'note', text: problem.message })
      const leftovers = await cleanUp(step, why)
      changeStep(step.name, { state: why, endedAt: run.now(), ...(why === 'failed' ? { problem } : {}) })
      change({ state: why, leftovers }, false)
      break
    }
  }
  return {
    ...task,
    state: task.state === 'running' ? 'done' : task.state,
    endedAt: run.now(),
  }
}

const concealProblem = (problem: Problem, conceal: (text: string) => string): Problem => ({
  ...problem,
  message: conceal(problem.message),
  ...(problem.hint === undefined ? {} : { hint: conceal(problem.hint) }),
  ...(problem.raw === undefined ? {} : { raw: conceal(problem.raw) }),
})
