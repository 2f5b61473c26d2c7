import type { TaskSummary } from '../../shared/contract/tasks.ts'
import type { ProcessRequest, ProcessResult } from './run-process.ts'

/** What survives JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A long piece of work as it is kept on the disk. */
export interface Task extends TaskSummary {
  /** With the kind, all that is needed to go on after a restart of the app. No secrets: it is on the disk. */
  readonly input: Json
  /** What steps remember for later ones. */
  readonly memory: Readonly<Record<string, Json>>
}

/** What a step may do while it runs. */
export interface StepContext {
  readonly signal: AbortSignal
  readonly log: (text: string) => void
  readonly report: (progress: number | undefined, note?: string) => void
  /** Runs a program; its lines go to the log and it ends with the task. Any exit code is a result. */
  readonly run: (request: Omit<ProcessRequest, 'signal'>) => Promise<ProcessResult>
  readonly remember: (key: string, value: Json) => void
  readonly recall: (key: string) => Json | undefined
  /** From now on this text is in no line and no problem of the task. */
  readonly hide: (secret: string) => void
}

export interface StepDefinition {
  readonly name: string
  readonly title: string
  /** Does its work, or finds it done: it is run again after a failure in it. */
  readonly run: (context: StepContext) => Promise<void>
  /**
   * Called when the step was stopped or failed in the middle. Takes back what is half done and returns what it could
   * not, a sentence each. `nothing` where stopping it in the middle leaves nothing behind.
   */
  readonly cleanUp:
    'nothing' | ((context: StepContext, why: 'cancelled' | 'failed') => Promise<readonly string[]>)
}

/** A kind of task: how its input becomes steps. Known when the app starts, so that old tasks can go on. */
export interface TaskDefinition {
  readonly kind: string
  readonly describe: (input: Json) => {
    readonly title: string
    readonly steps: readonly StepDefinition[]
    /** Two tasks of the same lock never run at once: the name of a cluster. */
    readonly lock?: string
  }
}
