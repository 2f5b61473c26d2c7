type Random = () => number

/** A number of events where `mean` are expected. Source: Knuth, The Art of Computer Programming, 3.4.1. */
export function drawPoisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count += 1
  return count
}

/** A latency with this median and a long tail. */
export function drawLatency(random: Random, median: number, spread = 0.35): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return median * Math.exp(spread * normal)
}

/**
 * Numbers from 0 to 1 that are spread evenly: each key has a sequence that steps by the golden ratio from a random start.
 * With weights drawn so, a few dozen requests already show the shares that the rule says.
 */
export class EvenSequence {
  readonly #random: Random
  readonly #positions = new Map<string, number>()

  constructor(random: Random) {
    this.#random = random
  }

  next(key: string): number {
    const position = ((this.#positions.get(key) ?? this.#random()) + 0.618033988749895) % 1
    this.#positions.set(key, position)
    return position
  }
}

/** The item whose share of the weights a number from 0 to 1 falls into. */
export function pickByWeight<T extends { readonly weight: number }>(
  items: readonly T[],
  position: number,
): T | undefined {
  const total = items.reduce((sum, item) => sum + item.weight, 0)
  let rest = position * total
  for (const item of items) {
    rest -= item.weight
    if (rest < 0) return item
  }
  return items.find(item => item.weight > 0) ?? items[0]
}
