import { ProblemError } from '../domain/problem.ts'

/** The value of `--namespace`: `default` where it is not given. */
export function readNamespace(value: unknown): string {
  if (value === undefined) return 'default'
  if (typeof value === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value
  throw new ProblemError({
    code: 'bad-input',
    message: `--namespace takes the name of a namespace, not ${JSON.stringify(value)}`,
  })
}
