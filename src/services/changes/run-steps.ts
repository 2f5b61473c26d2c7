import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import type { JournalEntry, JournalStep } from '../../shared/contract/changes.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import type { Journal } from './journal.ts'
import { isSuccess, parseBody, type PreparedStep } from './prepared-step.ts'
import { show } from './read-live.ts'

/** Sends one step. Returns what the server stored, or the problem. */
async function send(
  client: KubernetesClient,
  { operation, step }: PreparedStep,
): Promise<{ readonly after: string } | { readonly problem: Problem }> {
  if (!operation.request) return { after: step.after }
  try {
    // Not to be cancelled: a request that is under way may have been carried out already.
    const answer = await client.request(operation.request)
    if (!isSuccess(answer)) return { problem: statusProblem(answer.status, answer.body) }
    return { after: operation.action === 'delete' ? '' : show(parseBody(answer) as KubernetesObject) }
  } catch (error) {
    return { problem: toProblem(error) }
  }
}

/**
 * Carries a plan out in order and stops at the first failure. The journal has everything on disk before the first
 * request leaves and after each answer; where it cannot be written any more, nothing further is sent.
 */
export async function runSteps({
  client,
  journal,
  prepared,
  entry: started,
}: {
  client: KubernetesClient
  journal: Journal
  prepared: readonly PreparedStep[]
  entry: Omit<JournalEntry, 'steps' | 'state'>
}): Promise<JournalEntry> {
  const steps: JournalStep[] = prepared.map(({ step: { id, action, before, after } }) => ({
    id,
    action,
    before,
    after,
    outcome: 'waiting',
  }))
  const entryOf = (state: JournalEntry['state']): JournalEntry => ({ ...started, state, steps: [...steps] })
  try {
    await journal.write(entryOf('running'))
  } catch (error) {
    const problem = toProblem(error)
    throw new ProblemError({ ...problem, message: `${problem.message}. Nothing was sent` }, { cause: error })
  }
  let hasFailed = false
  let journalProblem: Problem | undefined
  const record = async (state: JournalEntry['state']): Promise<void> => {
    try {
      await journal.write(entryOf(state))
    } catch (error) {
      journalProblem = toProblem(error)
      hasFailed = true
    }
  }
  for (const [index, each] of prepared.entries()) {
    const step = steps[index]
    if (!step) continue
    if (hasFailed) {
      steps[index] = {
        ...step,
        outcome: 'skipped',
        ...(journalProblem === undefined ? {} : { problem: journalProblem }),
      }
      continue
    }
    const result = await send(client, each)
    hasFailed = 'problem' in result
    steps[index] =
      'problem' in result
        ? { ...step, outcome: 'failed', problem: result.problem }
        : { ...step, outcome: 'applied', after: result.after }
    if (!hasFailed) await record('running')
  }
  const hasApplied = steps.some(({ outcome, action }) => outcome === 'applied' && action !== 'unchanged')
  const isWhole = steps.every(({ outcome }) => outcome === 'applied')
  const state = isWhole ? 'applied' : hasApplied ? 'partly' : 'failed'
  await record(state)
  return entryOf(state)
}
