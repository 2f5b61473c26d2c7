import { describe, expect, test } from 'vitest'
import { readWeights, shiftWeights, withoutWeight } from './weights.ts'
import { describeDifference } from './describe-difference.ts'

describe('shiftWeights', () => {
  test.each([
    [[90, 10], 0, 50, 5, [50, 50]],
    [[90, 10], 1, 30, 1, [70, 30]],
    [[90, 10], 0, 72, 5, [70, 30]],
    [[90, 10], 0, 72, 1, [72, 28]],
    [[90, 10], 0, 140, 5, [100, 0]],
    [[100, 0], 0, 60, 5, [60, 40]],
    [[0, 100], 1, 60, 5, [40, 60]],
    [[0, 0], 0, 30, 5, [30, 70]],
    [[50, 30, 20], 0, 75, 5, [75, 15, 10]],
    [[33, 33, 34], 0, 0, 1, [0, 49, 51]],
    [[100, 0, 0], 0, 90, 5, [90, 10, 0]],
    [[100], 0, 30, 5, [100]],
    [[60, 60], 0, 80, 5, [80, 20]],
    [[60, 40], 0, Number.NaN, 5, [0, 100]],
  ])('%j, [%i] = %d by %i: %j', (weights, index, value, step, expected) => {
    expect(shiftWeights(weights, index, value, step)).toEqual(expected)
  })

  test('the sum is 100 whatever is shifted', () => {
    for (let size = 2; size < 6; size++)
      for (let value = 0; value <= 100; value++)
        for (const step of [1, 5]) {
          const weights = Array.from({ length: size }, (_, index) => (index * 37 + value) % 50)
          const shifted = shiftWeights(weights, value % size, value, step)
          expect(shifted.reduce((sum, weight) => sum + weight, 0)).toBe(100)
          expect(shifted.every(weight => weight >= 0 && Number.isInteger(weight))).toBe(true)
        }
  })
})

test.each([
  [[{ destination: {} }], [100]],
  [[{ weight: 10 }], [100]],
  [
    [{ weight: 90 }, {}],
    [90, 0],
  ],
  [undefined, []],
])('Istio reads %j as %j', (route, expected) => expect(readWeights(route)).toEqual(expected))

test.each([
  [[90, 10], 0, [100]],
  [[50, 25, 25], 0, [50, 50]],
  [[100, 0], 0, [100]],
])('%j without [%i] is %j', (weights, index, expected) =>
  expect(withoutWeight(weights, index)).toEqual(expected),
)

test.each([
  [{ a: 1, b: [2, 3] }, { a: 1, b: [4, 5] }, '2 numbers changed'],
  [{ a: 'x' }, { a: 'y' }, '1 value changed'],
  [{ a: 1 }, { a: 1, b: { c: 1, d: 2 } }, '2 fields added'],
  [{ a: 1, b: 2 }, { a: 2 }, '1 number changed, 1 field removed'],
  [{ a: 1 }, { a: 1 }, undefined],
  [
    [{ a: 1, b: 2 }, { c: 'x' }],
    [
      { a: 1, b: 2 },
      { n: 1, m: 2 },
      { c: 'x', d: 1 },
    ],
    '3 fields added',
  ],
  [[1, 2, 3], [1, 3], '1 field removed'],
])('%j to %j: %s', (before, after, expected) => expect(describeDifference(before, after)).toBe(expected))
