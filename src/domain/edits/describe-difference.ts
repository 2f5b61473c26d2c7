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
  else if (Array.isArray(before) && Array.isArray(after)) countItems(before, after, tally)
  else if (isObject(before) && isObject(after) && !Array.isArray(before) && !Array.isArray(after))
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      count(before[key], after[key], tally)
  else if (typeof before === 'number' && typeof after === 'number') tally.numbers++
  else tally.values++
}

/** Lists longer than this are compared place by place. */
const maxAligned = 60

/** Compares lists so that an item that was put in or taken out counts as that, not as a change of all behind it. */
function countItems(before: readonly unknown[], after: readonly unknown[], tally: Tally): void {
  if (before.length === after.length || Math.max(before.length, after.length) > maxAligned) {
    for (let index = 0; index < Math.max(before.length, after.length); index++)
      count(before[index], after[index], tally)
    return
  }
  // best[i][j] is the least that differs between the first i and the first j items.
  const best: number[][] = []
  const at = (i: number, j: number): number => best[i]?.[j] ?? Number.POSITIVE_INFINITY
  const remove = (i: number, j: number): number => (i > 0 ? at(i - 1, j) + leavesOf(before[i - 1]) : Infinity)
  const add = (i: number, j: number): number => (j > 0 ? at(i, j - 1) + leavesOf(after[j - 1]) : Infinity)
  const keep = (i: number, j: number): number =>
    i > 0 && j > 0 ? at(i - 1, j - 1) + sizeOf(before[i - 1], after[j - 1]) : Infinity
  for (let i = 0; i <= before.length; i++) {
    const row: number[] = []
    best.push(row)
    for (let j = 0; j <= after.length; j++)
      row.push(i === 0 && j === 0 ? 0 : Math.min(keep(i, j), remove(i, j), add(i, j)))
  }
  let i = before.length
  let j = after.length
  while (i > 0 || j > 0)
    if (at(i, j) === keep(i, j)) count(before[--i], after[--j], tally)
    else if (at(i, j) === remove(i, j)) tally.removed += leavesOf(before[--i])
    else tally.added += leavesOf(after[--j])
}

function sizeOf(before: unknown, after: unknown): number {
  const tally: Tally = { numbers: 0, values: 0, added: 0, removed: 0 }
  count(before, after, tally)
  return tally.numbers + tally.values + tally.added + tally.removed
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
