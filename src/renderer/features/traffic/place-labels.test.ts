import { describe, expect, test } from 'vitest'
import { placeLabels, type Box, type Curve } from './place-labels.ts'

const line = (y: number): Curve => [
  { x: 0, y },
  { x: 200, y },
  { x: 400, y },
  { x: 600, y },
]
const box = (x: number, y: number): Box => ({ x, y, width: 120, height: 60 })

describe('a label stands', () => {
  test.each<[string, Curve[], Box[], (x: number) => boolean]>([
    ['in the middle where there is room', [line(0)], [], x => x === 300],
    ['beside a node in the middle', [line(0)], [box(240, -30)], x => Math.abs(x - 300) >= 119],
    [
      'in the middle where there is room nowhere',
      [line(0)],
      [{ x: -100, y: -50, width: 900, height: 100 }],
      x => x === 300,
    ],
  ])('%s', (_name, curves, boxes, isRight) => {
    expect(placeLabels(curves, boxes).map(({ x }) => isRight(x))).toEqual([true])
  })

  test('apart from another one', () => {
    const [first, second] = placeLabels([line(0), line(4)], [])
    expect(first?.x).toBe(300)
    expect(Math.abs((second?.x ?? 0) - 300)).toBeGreaterThan(100)
  })
})
