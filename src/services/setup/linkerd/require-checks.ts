import { ProblemError } from '../../../domain/problem.ts'
import type { Linkerd } from './linkerd-program.ts'
import type { StepContext } from '../../tasks/task.ts'

/** Runs Linkerd's own checks, logs each and fails with the first that failed. */
export async function requireChecks(linkerd: Linkerd, step: StepContext, isBefore: boolean): Promise<void> {
  const checks = await linkerd.check(step, isBefore)
  for (const { category, description, result, error, hint } of checks)
    step.log(
      [
        `${result}: ${category}: ${description}`,
        ...(error ?? '').split('\n'),
        result === 'success' ? '' : hint,
      ]
        .filter(Boolean)
        .join(' · '),
    )
  const failed = checks.filter(({ result }) => result === 'error')
  const [first] = failed
  if (!first) return
  throw new ProblemError({
    code: 'invalid',
    message: `linkerd check failed: ${first.description}${first.error === undefined ? '' : `: ${first.error.split('\n')[0] ?? ''}`}`,
    hint:
      first.hint === undefined
        ? 'The log of the task has all checks.'
        : `See ${first.hint}; then resume the task.`,
    raw: failed
      .map(({ category, description, error = '', hint = '' }) =>
        `${category}: ${description}\n${error}\n${hint}`.trim(),
      )
      .join('\n\n'),
  })
}
