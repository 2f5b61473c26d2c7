import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import { ProblemError } from '../problem.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** The two destinations of one rule of a VirtualService that a canary shifts between. */
export interface CanaryTarget {
  /** Index in `spec.http`. */
  readonly rule: number
  readonly stableSubset: string
  readonly canarySubset: string
}

/** The VirtualService with the canary's share in percent; the rest goes to the stable subset. */
export function withWeights(
  object: KubernetesObject,
  { rule, stableSubset, canarySubset }: CanaryTarget,
  share: number,
): KubernetesObject {
  const spec = fieldsOf(object.spec)
  const rules = listOf(spec['http']).map(fieldsOf)
  const route = listOf(rules[rule]?.['route']).map(fieldsOf)
  const subsets = route.map(item => textOf(fieldsOf(item['destination'])['subset']))
  const wanted = new Map([
    [stableSubset, 100 - share],
    [canarySubset, share],
  ])
  const isWhole = route.length === 2 && subsets.every(subset => subset !== undefined && wanted.has(subset))
  if (!isWhole || stableSubset === canarySubset)
    throw new ProblemError({
      code: 'conflict',
      message: `Rule ${String(rule + 1)} of ${object.metadata.name} does not send requests to ${stableSubset} and ${canarySubset} alone`,
      hint: 'A canary shifts between exactly two destinations with a subset each',
      at: `spec.http[${String(rule)}].route`,
    })
  const next = route.map((item, index) => ({ ...item, weight: wanted.get(subsets[index] ?? '') ?? 0 }))
  const changed = rules.map((item, index) => (index === rule ? { ...item, route: next } : item))
  return { ...object, spec: { ...spec, http: changed } }
}
