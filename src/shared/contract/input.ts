import * as v from 'valibot'
import { ProblemError } from '../../domain/problem.ts'
import type { Parse } from '../rpc/contract.ts'

/** A parser for a method's input: what does not fit the schema is a `bad-input` problem that names the place. */
export function input<Schema extends v.GenericSchema>(schema: Schema): Parse<v.InferOutput<Schema>> {
  return value => {
    const result = v.safeParse(schema, value, { abortEarly: true })
    if (result.success) return result.output
    const [issue] = result.issues
    throw new ProblemError({ code: 'bad-input', message: issue.message, at: v.getDotPath(issue) ?? '' })
  }
}

export const nothing = (): void => {}

export const contextSchema = v.object({ context: v.string() })

export const resourceTypeSchema = v.object({
  group: v.string(),
  version: v.string(),
  kind: v.string(),
  plural: v.string(),
  isNamespaced: v.boolean(),
})

export const resourceIdSchema = v.object({
  apiVersion: v.string(),
  kind: v.string(),
  namespace: v.exactOptional(v.string()),
  name: v.string(),
})
