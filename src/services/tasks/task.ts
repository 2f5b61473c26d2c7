import type { Problem } from '../../domain/problem.ts'
import type { ProcessRequest, ProcessResult } from './run-process.ts'

/** What survives JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

/** One step of a task as it is shown and kept. */
export interface TaskStep {
  readonly name: string
  readonly title: string
  readonly state: StepState
  /** 0 to 1, where the step can tell. */
  readonly progress?: number
  /** What it is doing now: `12 of 80 MB`. */
  readonly note?: string
  readonly startedAt?: number
  readonly endedAt?: number
  readonly problem?: Problem
}

/** A long piece of work, as it is shown and kept. */
export interface Task {
  readonly id: string
  readonly kind: string
  readonly title: string
  /** With the kind, all that is needed to go on after a restart of the app. No secrets: it is on the disk. */
  readonly input: Json
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly steps: readonly TaskStep[]
  readonly startedAt: number
  readonly endedAt?: number
  /** What a stopped or failed step could not take back, a sentence each. Steps that are done stay done. */
  readonly leftBehind: readonly string[]
  /** What steps remember for later ones. */
  readonly memory: Readonly<Record<string, Json>>
}

export interface TaskLine {
  readonly at: number
  readonly step: string
  readonly stream: 'stdout' | 'stderr' | 'note'
  readonly text: string
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
