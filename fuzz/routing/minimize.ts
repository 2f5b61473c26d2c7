import { stringify } from 'yaml'
import { checkConfigurations } from './check-configurations.ts'
import type { Disagreement } from './check-configurations.ts'
import { parseObjects } from './configuration.ts'
import type { Configuration } from './configuration.ts'

/** A smaller configuration that still disagrees: objects, rules, matches and fields are left out while it does. */
export function minimize(oracle: string, disagreement: Disagreement, rounds = 12): Disagreement {
  let best: Disagreement = withOneRequest(disagreement)
  for (let round = 0; round < rounds; round++) {
    const { configuration } = best
    const smaller = removals(parseObjects(configuration.text)).map((objects): Configuration => ({
      ...configuration,
      text: objects.map(object => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join(''),
    }))
    const found = checkConfigurations(oracle, smaller).sort(
      (one, other) => one.configuration.text.length - other.configuration.text.length,
    )
    const [next] = found
    if (next === undefined) break
    best = next
  }
  return best
}

function withOneRequest(disagreement: Disagreement): Disagreement {
  const { configuration, request } = disagreement
  const requests = configuration.requests.filter((_, index) => index === (request ?? 0))
  return { ...disagreement, configuration: { ...configuration, requests }, request: 0 }
}

/** The value with one part less, in every way, down to a depth. */
function removals<T>(value: T, depth = 0): T[] {
  if (depth > 8 || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const list = value as unknown[]
    const halves = list.length > 3 ? [list.slice(list.length / 2), list.slice(0, list.length / 2)] : []
    return [
      ...halves,
      ...list.map((_, index) => list.filter((_item, other) => other !== index)),
      ...list.flatMap((item, index) => removals(item, depth + 1).map(part => list.with(index, part))),
    ] as T[]
  }
  const entries = Object.entries(value)
  const isFixed = (key: string): boolean =>
    /^(apiVersion|kind|metadata|name|namespace|creationTimestamp)$/.test(key)
  return entries
    .filter(([key]) => !isFixed(key))
    .flatMap(([key, item]) => [
      ...(depth > 1 ? [Object.fromEntries(entries.filter(([other]) => other !== key))] : []),
      ...removals(item as unknown, depth + 1).map(part => ({ ...value, [key]: part })),
    ]) as T[]
}
