import * as v from 'valibot'
import type { TaskContract } from '../../shared/contract/define-task.ts'

/** What survives JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** One value that the steps of a task keep on the disk. It may have been written by another version of the app. */
export interface StateKey<Value extends Json> {
  readonly name: string
  /** The value, or undefined where it does not have the expected form. */
  readonly read: (value: Json) => Value | undefined
}

/** Reads and writes the values that the steps of a task keep. */
export interface StepState {
  readonly get: <Value extends Json>(key: StateKey<Value>) => Value | undefined
  readonly set: <Value extends Json>(key: StateKey<Value>, value: Value) => void
}

/** The state of steps over any store of JSON. */
export const createStepState = (store: {
  readonly get: (name: string) => Json | undefined
  readonly set: (name: string, value: Json) => void
}): StepState => ({
  get(key) {
    const value = store.get(key.name)
    return value === undefined ? undefined : key.read(value)
  },
  set: (key, value) => store.set(key.name, value),
})

/** Declares a value that steps keep, by its schema. */
export const defineState = <Value extends Json>(
  name: string,
  schema: v.GenericSchema<unknown, Value>,
): StateKey<Value> => ({
  name,
  read(value) {
    const result = v.safeParse(schema, value)
    return result.success ? result.output : undefined
  },
})

/** Where the outcome of a task is kept; the summary of the task reads it. */
export const OUTCOME = 'outcome'

/** The value that becomes the outcome of a task of this kind. */
export const outcomeState = <Outcome extends Json>(
  contract: Pick<TaskContract<string, never, Outcome>, 'readOutcome'>,
): StateKey<Outcome> => ({ name: OUTCOME, read: contract.readOutcome })

/** The outcome of a task that is done, from the state of its steps. */
export const readOutcome = <Outcome>(
  contract: Pick<TaskContract<string, never, Outcome>, 'readOutcome'>,
  memory: Readonly<Record<string, Json>>,
): Outcome | undefined => contract.readOutcome(memory[OUTCOME])
