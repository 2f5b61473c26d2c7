import { fieldsOf, listOf, numberOf } from '../istio/fields/read-fields.ts'

/**
 * The weights of a rule's destinations as Istio reads them: a missing one is 0, but a single destination has all.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination
 */
export function readWeights(route: unknown): readonly number[] {
  const items = listOf(route).map(fieldsOf)
  if (items.length === 1) return [100]
  return items.map(item => numberOf(item['weight']) ?? 0)
}

/**
 * The weights of a Gateway API rule's backends: shares of their sum, a missing one is 1.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#backendref
 */
export function readBackendWeights(backends: unknown): readonly number[] {
  return listOf(backends).map(backend => numberOf(fieldsOf(backend)['weight']) ?? 1)
}

const sumOf = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0)

/**
 * Gives one destination another weight and takes the difference from the others, in proportion to what they have,
 * so that the sum is 100. The value snaps to `step`; the others stay on the step where they can.
 */
export function shiftWeights(
  weights: readonly number[],
  index: number,
  value: number,
  step = 1,
): readonly number[] {
  if (index < 0 || index >= weights.length) return weights
  if (weights.length === 1) return [100]
  const snapped = Math.min(100, Math.max(0, Math.round((Number.isFinite(value) ? value : 0) / step) * step))
  const rest = 100 - snapped
  const others = weights.map((weight, at) => (at === index ? 0 : Math.max(0, weight)))
  // Where the others have nothing, the next one takes all.
  if (sumOf(others) === 0) others[(index + 1) % others.length] = 1
  const unit = rest % step === 0 ? step : 1
  const shared = distribute(others, rest / unit).map(share => share * unit)
  return shared.map((share, at) => (at === index ? snapped : share))
}

/** The weights without one destination, grown in proportion to sum to 100 again. */
export function withoutWeight(weights: readonly number[], index: number): readonly number[] {
  const rest = weights.filter((_, at) => at !== index)
  if (rest.length === 0) return []
  return sumOf(rest) === 0 ? rest.map((_, at) => (at === 0 ? 100 : 0)) : distribute(rest, 100)
}

/** Shares a whole number out in proportion, whole numbers only, the largest remainders first. */
function distribute(shares: readonly number[], total: number): readonly number[] {
  const sum = sumOf(shares)
  const exact = shares.map(share => (share / sum) * total)
  const whole = exact.map(Math.floor)
  const order = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index)
  for (const { index } of order.slice(0, Math.round(total - sumOf(whole))))
    whole[index] = (whole[index] ?? 0) + 1
  return whole
}
