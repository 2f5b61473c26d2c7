import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import { call, stream } from '../rpc/contract.ts'
import { input, nothing } from './input.ts'

export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

/** One step of a task as it is shown and kept. Times are milliseconds since 1970. */
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

/** Where something that a task made can be opened. */
export interface TaskLink {
  readonly title: string
  readonly url: string
  /** It answers only while the app runs. */
  readonly isForward: boolean
}

/** What a task that is done ended in. */
export interface TaskOutcome {
  /** The context that it made or worked in. */
  readonly context: string
  readonly links: readonly TaskLink[]
  /** What is not as it should be though all steps are done, a sentence each. */
  readonly warnings: readonly string[]
}

/** A long piece of work, as the window shows it. Times are milliseconds since 1970. */
export interface TaskSummary {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly steps: readonly TaskStep[]
  readonly startedAt: number
  readonly endedAt?: number
  /** What a stopped or failed step could not take back, a sentence each. Steps that are done stay done. */
  readonly leftBehind: readonly string[]
  readonly outcome?: TaskOutcome
}

export interface TaskLine {
  readonly at: number
  readonly step: string
  readonly stream: 'stdout' | 'stderr' | 'note'
  readonly text: string
}

const taskId = input(v.object({ id: v.string() }))

/** Long work. It belongs to the backend and runs on when the window is reloaded or closed. */
export const tasks = {
  /** Begins work of a kind that the backend knows; `bad-input` where the input is not that kind's, `conflict` where a task on the same thing runs. */
  startTask: call(input(v.object({ kind: v.string(), input: v.unknown() }))).returns<TaskSummary>(),
  /** Goes on with a failed or cancelled task at the step that is not done. */
  resumeTask: call(taskId).returns<TaskSummary>(),
  /** Stops a task; returns when it has cleaned up behind itself. */
  cancelTask: call(taskId).returns<TaskSummary>(),
  /** Takes an ended task out of the history. */
  forgetTask: call(taskId).returns<void>(),
  /** All tasks, newest first, at each change. */
  watchTasks: stream(nothing).of<readonly TaskSummary[]>(),
  /** The lines of a task, the earlier ones first; ends with the task. */
  watchTaskLines: stream(taskId).of<readonly TaskLine[]>(),
}
