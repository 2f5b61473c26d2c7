import type { TaskContract, TaskProgress, TaskSubject } from '../../shared/contract/define-task.ts'
import type { ProcessRequest, ProcessResult } from './run-process.ts'
import type { Json, StepState } from './step-state.ts'

/** A long piece of work as it is kept on the disk. */
export interface Task extends TaskProgress {
  readonly kind: string
  /** With the kind, all that is needed to resume after a restart of the app. No secrets: it is on the disk. */
  readonly input: Json
  /** The state of its steps, by name. */
  readonly memory: Readonly<Record<string, Json>>
}

/** What a step may do while it runs. */
export interface StepContext {
  readonly signal: AbortSignal
  readonly log: (text: string) => void
  readonly report: (progress: number | undefined, note?: string) => void
  /** Runs a program; its lines go to the log and it ends with the task. Any exit code is a result. */
  readonly run: (request: Omit<ProcessRequest, 'signal'>) => Promise<ProcessResult>
  /** What the steps of the task keep, for later ones and for a run that resumes. */
  readonly state: StepState
  /** From now on this text is in no line and no problem of the task. */
  readonly hide: (secret: string) => void
}

export interface StepDefinition {
  readonly name: string
  readonly title: string
  /** Does its work, or finds it done: it is run again after a failure in it. */
  readonly run: (context: StepContext) => Promise<void>
  /**
   * Called when the step was stopped or failed in the middle. Undoes what is half done and returns what it could
   * not, a sentence each. `nothing` where stopping it in the middle leaves nothing behind.
   */
  readonly cleanUp:
    'nothing' | ((context: StepContext, why: 'cancelled' | 'failed') => Promise<readonly string[]>)
}

/** What a task of some input is made of. */
export interface TaskPlan {
  readonly title: string
  readonly steps: readonly StepDefinition[]
  /** Two tasks of the same lock never run at once: the name of a cluster. */
  readonly lock?: string
}

/** A kind of task: how its input becomes steps. Known when the app starts, so that old tasks can be resumed. */
export interface TaskDefinition {
  readonly kind: string
  /** A `bad-input` problem where the input is not this kind's. */
  readonly describe: (input: Json) => TaskPlan & { readonly subject: TaskSubject }
}

/** The backend's side of a task of the contract: the input that the plan is made from has been read by its schema. */
export const implementTask = <Kind extends string, Input, Outcome>(
  contract: Pick<TaskContract<Kind, Input, Outcome>, 'kind' | 'readInput' | 'subjectOf'>,
  plan: (input: Input) => TaskPlan,
): TaskDefinition => ({
  kind: contract.kind,
  describe(json) {
    const input = contract.readInput(json)
    return { ...plan(input), subject: contract.subjectOf(input) }
  },
})
