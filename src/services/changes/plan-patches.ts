import { toProblem, type Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { readWarnings } from '../../domain/changes/read-refusal.ts'
import { addressOf } from './object-addresses.ts'
import type { PlannedText } from './plan-text.ts'
import { asDryRun, FIELD_MANAGER, isSuccess, parseBody, type PreparedStep } from './prepared-step.ts'
import { isSameContent, stateDigest } from './compare-objects.ts'
import { isSecret, secretValues, showChange, withoutValues } from './show-object.ts'

/** A JSON merge patch (RFC 7396) of one object: takes fields away too, whoever owns them. */
export interface ObjectPatch {
  readonly id: ResourceId
  readonly patch: unknown
}

/** Plans patches: each is dry-run against the object as it is. */
export async function planPatches(
  client: KubernetesClient,
  patches: readonly ObjectPatch[],
  namespace: string,
  signal: AbortSignal,
): Promise<PlannedText> {
  const steps: PreparedStep[] = []
  const problems: Problem[] = []
  for (const patch of patches)
    try {
      steps.push(await planPatch(client, patch, namespace, signal))
    } catch (error) {
      const problem = toProblem(error)
      if (signal.aborted || problem.code === 'unreachable' || problem.code === 'unauthorized') throw error
      problems.push(problem)
    }
  return { steps, problems }
}

async function planPatch(
  client: KubernetesClient,
  { id: asked, patch }: ObjectPatch,
  namespace: string,
  signal: AbortSignal,
): Promise<PreparedStep> {
  const { path, id } = await addressOf(client, asked, namespace, signal)
  const live = (await client.readJson({ path, signal })) as KubernetesObject
  const request = {
    method: 'PATCH',
    path,
    query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' },
    contentType: 'application/merge-patch+json',
    body: JSON.stringify(patch),
  } as const
  const answer = await client.request({ ...asDryRun(request), signal })
  const result = isSuccess(answer) ? (parseBody(answer) as KubernetesObject) : undefined
  const isSame = isSameContent(live, result)
  const refused = result === undefined ? [statusProblem(answer.status, answer.body)] : []
  const patched = { ...id, ...(typeof patch === 'object' ? patch : {}) } as unknown as KubernetesObject
  return {
    operation: isSame
      ? { id, action: 'nothing', path, live }
      : { id, action: 'replace', request, path, live },
    step: {
      id,
      action: isSame ? 'unchanged' : 'update',
      line: 1,
      base: stateDigest(live),
      ...showChange(live, result),
      conflicts: [],
      problems: isSecret(id)
        ? refused.map(each => withoutValues(each, secretValues([live, patched])))
        : refused,
      warnings: readWarnings(answer.headers['warning']),
    },
  }
}
