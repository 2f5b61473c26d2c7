import { toProblem, type Problem } from '../../domain/problem.ts'
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
 * request leaves and after each answer.
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
  const write = async (state: JournalEntry['state']): Promise<JournalEntry> => {
    const entry = { ...started, state, steps: [...steps] }
    await journal.write(entry)
    return entry
  }
  await write('running')
  let hasFailed = false
  for (const [index, each] of prepared.entries()) {
    const step = steps[index]
    if (!step) continue
    if (hasFailed) {
      steps[index] = { ...step, outcome: 'skipped' }
      continue
    }
    const result = await send(client, each)
    hasFailed = 'problem' in result
    steps[index] =
      'problem' in result
        ? { ...step, outcome: 'failed', problem: result.problem }
        : { ...step, outcome: 'applied', after: result.after }
    if (!hasFailed) await write('running')
  }
  const hasApplied = steps.some(({ outcome, action }) => outcome === 'applied' && action !== 'unchanged')
  return write(!hasFailed ? 'applied' : hasApplied ? 'partly' : 'failed')
}
