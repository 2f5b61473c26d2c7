import { resourceIdOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { ChangeStep } from '../../../shared/contract/changes.ts'
import { stateDigest } from '../../changes/compare-objects.ts'
import { planObjects } from '../../changes/plan-objects.ts'
import { showChange } from '../../changes/show-object.ts'

/** Dry runs of what an installer would apply. What stays as it is comes without texts: a whole control plane is large. */
export async function planInstallation(
  ...request: Parameters<typeof planObjects>
): Promise<{ readonly changes: readonly ChangeStep[]; readonly warnings: readonly string[] }> {
  const { steps, problems } = await planObjects(...request)
  return {
    changes: steps.map(({ step }) =>
      step.action === 'unchanged' ? { ...step, before: '', after: '' } : step,
    ),
    warnings: problems.map(({ message }) => message),
  }
}

/** An object that an action would delete, as a step of its preview. */
export const asDeletion = (object: KubernetesObject): ChangeStep => ({
  id: resourceIdOf(object),
  action: 'delete',
  line: 1,
  base: stateDigest(object),
  ...showChange(object, undefined),
  conflicts: [],
  problems: [],
  warnings: [],
})
