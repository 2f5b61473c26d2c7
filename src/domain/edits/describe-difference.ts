import { isDeepEqual } from '../yaml/deep-equal.ts'

interface Tally {
  numbers: number
  values: number
  added: number
  removed: number
}

/** What differs between two versions of an object, in a few words: `2 numbers changed`; undefined where nothing does. */
export function describeDifference(before: unknown, after: unknown): string | undefined {
  const tally: Tally = { numbers: 0, values: 0, added: 0, removed: 0 }
  count(before, after, tally)
  const parts = [
    tally.numbers > 0 ? `${plural(tally.numbers, 'number')} changed` : '',
    tally.values > 0 ? `${plural(tally.values, 'value')} changed` : '',
    tally.added > 0 ? `${plural(tally.added, 'field')} added` : '',
    tally.removed > 0 ? `${plural(tally.removed, 'field')} removed` : '',
  ].filter(part => part !== '')
  return parts.length === 0 ? undefined : parts.join(', ')
}

const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`

const leavesOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Math.max(
        1,
        Object.values(value).reduce<number>((sum, item) => sum + leavesOf(item), 0),
      )
    : 1

function count(before: unknown, after: unknown, tally: Tally): void {
  if (isDeepEqual(before, after)) return
  if (before === undefined) tally.added += leavesOf(after)
  else if (after === undefined) tally.removed += leavesOf(before)
  else if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after))
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      count(before[key], after[key], tally)
  else if (typeof before === 'number' && typeof after === 'number') tally.numbers++
  else tally.values++
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
