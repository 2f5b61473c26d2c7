/**
 * A quantile (0 to 1) of a histogram with cumulative buckets, linear inside a bucket, as PromQL's
 * `histogram_quantile` computes it; null where nothing was counted. In the highest bucket it is the bound below.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantile(share: number, buckets: ReadonlyMap<number, number>): number | null {
  const sorted = [...buckets].sort(([a], [b]) => a - b)
  const total = sorted.at(-1)?.[1] ?? 0
  if (total === 0) return null
  const rank = share * total
  let lower = 0
  let below = 0
  for (const [bound, count] of sorted) {
    if (count >= rank) {
      if (bound === Infinity) return lower
      return count === below ? bound : lower + ((bound - lower) * (rank - below)) / (count - below)
    }
    lower = bound
    below = count
  }
  return lower
}
