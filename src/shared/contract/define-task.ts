import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import type { LocalProviderName } from '../../domain/setup/clusters/local-cluster.ts'
import type { ToolName } from '../../domain/setup/tools/tool-name.ts'
import type { MeshName } from '../../domain/setup/versions/version-set.ts'
import { input } from './input.ts'

/** What a task works on. A view finds the work on its own thing by this. */
export interface TaskSubject {
  /** A context of the kubeconfig. */
  readonly context?: string
  /** A cluster on this machine. */
  readonly cluster?: { readonly provider: LocalProviderName; readonly name: string }
  readonly mesh?: MeshName
  readonly tool?: { readonly name: ToolName; readonly version: string }
}

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

/** What every task shows, whatever its kind. Times are milliseconds since 1970. */
export interface TaskProgress {
  readonly id: string
  readonly title: string
  readonly subject: TaskSubject
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly steps: readonly TaskStep[]
  readonly startedAt: number
  readonly endedAt?: number
  /** What a stopped or failed step could not undo, a sentence each. Steps that are done stay done. */
  readonly leftovers: readonly string[]
}

/** A task of one kind. The outcome is there once it is done. */
export type TaskSummaryOf<Kind extends string, Outcome> = TaskProgress & {
  readonly kind: Kind
  readonly outcome?: Outcome
}

/** A kind of task: the one declaration that the form, the backend and the history share. */
export interface TaskContract<Kind extends string, Input, Outcome> {
  readonly kind: Kind
  /** The input, or a `bad-input` problem that names the place. */
  readonly readInput: (value: unknown) => Input
  /** The outcome, where the value is one. */
  readonly readOutcome: (value: unknown) => Outcome | undefined
  readonly subjectOf: (input: Input) => TaskSubject
  /** The request that starts such a task, read from what crossed the contract. */
  readonly readRequest: (input: unknown) => { readonly kind: Kind; readonly input: Input }
  readonly summarize: (progress: TaskProgress, outcome: unknown) => TaskSummaryOf<Kind, Outcome>
}

/** Declares a kind of task by the schemas of its input and its outcome. */
export function defineTask<
  const Kind extends string,
  InputSchema extends v.GenericSchema,
  OutcomeSchema extends v.GenericSchema = v.NeverSchema<undefined>,
>(
  kind: Kind,
  {
    input: inputSchema,
    outcome,
    subjectOf,
  }: {
    readonly input: InputSchema
    /** Absent for work that ends in nothing but itself. */
    readonly outcome?: OutcomeSchema
    readonly subjectOf: (input: v.InferOutput<InputSchema>) => TaskSubject
  },
): TaskContract<Kind, v.InferOutput<InputSchema>, v.InferOutput<OutcomeSchema>> {
  const readInput = input(inputSchema)
  const readOutcome = (value: unknown): v.InferOutput<OutcomeSchema> | undefined => {
    const result = outcome === undefined ? undefined : v.safeParse(outcome, value)
    return result?.success === true ? result.output : undefined
  }
  return {
    kind,
    readInput,
    readOutcome,
    subjectOf,
    readRequest: value => ({ kind, input: readInput(value) }),
    summarize(progress, value) {
      const read = progress.state === 'done' ? readOutcome(value) : undefined
      return { ...progress, kind, ...(read === undefined ? {} : { outcome: read }) }
    },
  }
}
