import { shiftWeights } from '../../../../domain/edits/weights.ts'

/** Weights as whole percentages that sum to 100, in proportion; all 0 where every weight is. */
export function percentagesOf(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const [first] = weights
  if (sum === 0 || first === undefined) return weights.map(() => 0)
  return sum === 100 ? weights : shiftWeights(weights, 0, (first / sum) * 100)
}
