import { expect, test } from 'vitest'
import { quantile } from './quantile.ts'

const buckets = (counts: Record<string, number>): Map<number, number> =>
  new Map(Object.entries(counts).map(([bound, count]) => [Number(bound), count]))

test.each([
  ['nothing counted', 0.5, {}, null],
  ['nothing counted in any bucket', 0.5, { 10: 0, Infinity: 0 }, null],
  ['in the middle of the first bucket', 0.5, { 10: 100, Infinity: 100 }, 5],
  ['in a later bucket', 0.95, { 10: 50, 20: 100, Infinity: 100 }, 19],
  ['above the highest bound', 0.99, { 10: 50, Infinity: 100 }, 10],
])('%s', (_name, share, counts, expected) => {
  expect(quantile(share, buckets(counts))).toEqual(expected)
})
