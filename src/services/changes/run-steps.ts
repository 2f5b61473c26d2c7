import { readConflicts } from '../../domain/changes/read-refusal.ts'
import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import type { JournalEntry, JournalStep } from '../../shared/contract/changes.ts'
import { resourceKey, type KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import type { Journal } from './journal.ts'
import { isSuccess, parseBody, type PreparedStep } from './prepared-step.ts'
import { bindRequest, changedProblem } from './bind-request.ts'
import { stateDigest } from './compare-objects.ts'
import { readLive } from './read-live.ts'
import { isSecret, secretValues, showChange, withoutValues } from './show-object.ts'
import type { StoredValues } from './value-store.ts'

/** Controllers write to some objects all the time: a version that is new only for them is no difference. */
const ATTEMPTS = 5

interface Sent {
  readonly after: string
  /** What the server stored; absent where the object is gone or nothing was sent. */
  readonly object?: KubernetesObject
}

/** Sends one step, bound to the state that it was planned with. Returns what the server stored, or the problem. */
async function send(
  client: KubernetesClient,
  { operation, step }: PreparedStep,
): Promise<Sent | { readonly problem: Problem }> {
  const { id, path, request } = operation
  if (!request) return { after: step.after }
  let { live } = operation
  const secret = (problem: Problem): Problem =>
    isSecret(id) ? withoutValues(problem, secretValues([live, bodyObject(request.body)])) : problem
  try {
    for (let attempt = 1; ; attempt++) {
      // Not to be cancelled: a request that is under way may have been carried out already.
      const answer = await client.request(bindRequest(request, live))
      if (isSuccess(answer)) {
        if (operation.action === 'delete') return { after: '' }
        const object = parseBody(answer) as KubernetesObject
        return { after: showChange(operation.live, object).after, object }
      }
      const problem = secret(statusProblem(answer.status, answer.body))
      const isField = readConflicts(parseBody(answer)).length > 0
      if (answer.status !== 409 || isField) return { problem }
      const now = await readLive(client, path, new AbortController().signal)
      if (stateDigest(now) !== stateDigest(live)) return { problem: changedProblem(id) }
      if (attempt >= ATTEMPTS) return { problem }
      live = now
    }
  } catch (error) {
    return { problem: secret(toProblem(error)) }
  }
}

function bodyObject(body: string | undefined): KubernetesObject | undefined {
  const { apiVersion, kind, ...fields } = JSON.parse(body ?? '{}') as Partial<KubernetesObject>
  return { ...fields, apiVersion: apiVersion ?? 'v1', kind: kind ?? 'Secret' } as KubernetesObject
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
  let values: StoredValues = Object.fromEntries(
    prepared
      .filter(({ operation }) => isSecret(operation.id) && operation.request !== undefined)
      .map(({ operation: { id, live } }) => [resourceKey(id), live === undefined ? {} : { before: live }]),
  )
  try {
    // The values first: an entry without them could not be taken back.
    if (Object.keys(values).length > 0) await journal.values.write(started.id, values)
    await journal.write(entryOf('running'))
  } catch (error) {
    const problem = toProblem(error)
    throw new ProblemError({ ...problem, message: `${problem.message}. Nothing was sent` }, { cause: error })
  }
  let hasFailed = false
  let journalProblem: Problem | undefined
  const record = async (state: JournalEntry['state']): Promise<void> => {
    try {
      if (Object.keys(values).length > 0) await journal.values.write(started.id, values)
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
    const key = resourceKey(each.operation.id)
    if ('object' in result && key in values)
      values = { ...values, [key]: { ...values[key], after: result.object } }
    if (!hasFailed) await record('running')
  }
  const hasApplied = steps.some(({ outcome, action }) => outcome === 'applied' && action !== 'unchanged')
  const isWhole = steps.every(({ outcome }) => outcome === 'applied')
  const state = isWhole ? 'applied' : hasApplied ? 'partly' : 'failed'
  await record(state)
  return entryOf(state)
}
