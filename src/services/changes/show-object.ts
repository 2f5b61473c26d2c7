import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { printObject } from '../../domain/yaml/print-object.ts'
import { mask, maskSecret } from '../resources/project-object.ts'
import { findsValues, isSecret, secretValues } from '../resources/secret-values.ts'

export { isSecret, secretValues }

/** Follows the mask of a value that a change replaces, so that the difference shows which one it is. */
const CHANGED = `${mask} (changed)`

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A Secret as the page may see it. Annotations that hold one of the values, or a copy of a Secret, are hidden too. */
function hideValues(object: KubernetesObject, values: readonly string[]): KubernetesObject {
  if (!isSecret(object)) return object
  const hidden = maskSecret(object)
  const { annotations } = hidden.metadata
  if (annotations === undefined) return hidden
  const holds = findsValues(values)
  const hide = (text: string): string => (holds(text) ? mask : text)
  return {
    ...hidden,
    metadata: {
      ...hidden.metadata,
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, text]) => [key, hide(text)])),
    },
  }
}

/** The hidden Secret with a note at each value that differs from the earlier one. */
function noteChanges(
  hidden: KubernetesObject,
  before: KubernetesObject,
  after: KubernetesObject,
): KubernetesObject {
  const noted = { ...hidden }
  for (const field of ['data', 'stringData'] as const) {
    const [earlier, later] = [before[field], after[field]]
    if (!isRecord(earlier) || !isRecord(later) || !isRecord(hidden[field])) continue
    Object.assign(noted, {
      [field]: Object.fromEntries(
        Object.entries(hidden[field]).map(([key, shown]) => [
          key,
          key in earlier && earlier[key] !== later[key] ? CHANGED : shown,
        ]),
      ),
    })
  }
  return noted
}

/**
 * An object before and after a change as the user sees it: as YAML without what the server wrote, values of Secrets
 * hidden. Empty where there is no object.
 */
export function showChange(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): { readonly before: string; readonly after: string } {
  const values = secretValues([before, after])
  const hide = (object: KubernetesObject): KubernetesObject => hideValues(object, values)
  const shownAfter =
    after === undefined
      ? ''
      : printObject(
          before === undefined || !isSecret(after) ? hide(after) : noteChanges(hide(after), before, after),
        )
  return { before: before === undefined ? '' : printObject(hide(before)), after: shownAfter }
}

/** Whether a text was copied from where values are hidden. */
export const holdsMask = (value: unknown): boolean => typeof value === 'string' && value.includes(mask)

/** A problem without the values of Secrets that the server repeats in its answer. */
export function withoutValues(problem: Problem, values: readonly string[]): Problem {
  const hide = (text: string): string =>
    [...values]
      // The longest first: where one begins with another, its rest would be left.
      .sort((a, b) => b.length - a.length)
      .reduce((shown, value) => shown.replaceAll(value, mask), text)
  const { message, hint, raw } = problem
  return {
    ...problem,
    message: hide(message),
    ...(hint === undefined ? {} : { hint: hide(hint) }),
    ...(raw === undefined ? {} : { raw: hide(raw) }),
  }
}
