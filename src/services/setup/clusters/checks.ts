import type { PreflightCheck } from '../../../domain/setup/clusters/check-machine.ts'
import type { LocalProviderName } from '../../../domain/setup/clusters/local-cluster.ts'
import { ProblemError, toProblem } from '../../../domain/problem.ts'

/** What was asked for, or the check that its problem makes fail. */
export async function attempt<T>(
  name: string,
  ask: () => T | Promise<T>,
): Promise<{ readonly value: T } | { readonly check: PreflightCheck }> {
  try {
    return { value: await ask() }
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code === 'cancelled') throw error
    const { message, hint, line } = toProblem(error)
    const where = line === undefined ? '' : ` (line ${line})`
    return {
      check: {
        name,
        state: 'failed',
        message: `${message}${where}`,
        ...(hint === undefined ? {} : { hint }),
      },
    }
  }
}

/** Whether a name is free. */
export const nameCheck = (
  provider: LocalProviderName,
  name: string,
  taken: readonly string[],
): PreflightCheck =>
  taken.includes(name)
    ? {
        name: 'name',
        state: 'failed',
        message: `There is already a ${provider} cluster named "${name}"`,
        hint: 'Use it, delete it, or choose another name.',
      }
    : { name: 'name', state: 'passed', message: `The name ${name} is free` }

/** The first check that failed, as the problem it is. */
export function requirePassed(checks: readonly PreflightCheck[]): void {
  const failed = checks.find(({ state }) => state === 'failed')
  if (!failed) return
  throw new ProblemError({
    code: failed.name === 'config' ? 'bad-input' : failed.name === 'engine' ? 'unreachable' : 'conflict',
    message: failed.message,
    ...(failed.hint === undefined ? {} : { hint: failed.hint }),
  })
}
