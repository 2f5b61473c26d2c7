import { ProblemError } from '../domain/problem.ts'

/** The value of `--port`: undefined where it is not given. */
export function readPort(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : NaN
  if (!(port <= 65_535))
    throw new ProblemError({
      code: 'bad-input',
      message: `--port takes a number from 0 to 65535, not ${JSON.stringify(value)}`,
    })
  return port
}
