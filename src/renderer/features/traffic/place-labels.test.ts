import { describe, expect, test } from 'vitest'
import { routeEdge } from './edge-path.ts'
import { placeLabels, pointAt, type Box, type Curve } from './place-labels.ts'

const line = (y: number): Curve => [
  { x: 0, y },
  { x: 200, y },
  { x: 400, y },
  { x: 600, y },
]
const box = (x: number, y: number): Box => ({ x, y, width: 120, height: 60 })
const WIDTH = 118

describe('a label stands', () => {
  test.each<[string, Curve[], Box[], (x: number | undefined) => boolean]>([
    ['in the middle where there is room', [line(0)], [], x => x === 300],
    ['beside a card in the middle', [line(0)], [box(240, -30)], x => Math.abs((x ?? 300) - 300) >= 119],
    [
      'nowhere where every place is on a card',
      [line(0)],
      [{ x: -100, y: -50, width: 900, height: 100 }],
      x => x === undefined,
    ],
    [
      'above a card that is as long as the line',
      [line(0)],
      [{ x: 0, y: -2, width: 600, height: 50 }],
      x => x !== undefined,
    ],
  ])('%s', (_name, curves, boxes, isRight) => {
    expect(placeLabels(curves, boxes, [WIDTH]).map(point => isRight(point?.x))).toEqual([true])
  })

  test('apart from another one', () => {
    const [first, second] = placeLabels([line(0), line(4)], [], [WIDTH, WIDTH])
    expect(first?.x).toBe(300)
    expect(Math.abs((second?.x ?? 0) - 300)).toBeGreaterThan(100)
  })

  test('with room for all of its text', () => {
    const card = box(460, -30)
    const [point] = placeLabels([line(0)], [card], [200])
    expect((point?.x ?? 0) + 100).toBeLessThanOrEqual(card.x)
  })

  test('where it was while its text grows by a digit', () => {
    const places = [130, 136, 142].map(width => placeLabels([line(0)], [box(350, -30)], [width])[0])
    expect(new Set(places.map(point => point?.x)).size).toBe(1)
  })
})

describe('an edge passes behind no card', () => {
  test.each<[string, Box, Box, Box[]]>([
    ['that stands in the way', box(0, 0), box(600, 0), [box(300, 0)]],
    ['of a column in the way', box(0, 100), box(600, 100), [box(300, 20), box(300, 110), box(300, 200)]],
    ['on the way back', box(600, 0), box(0, 0), [box(300, -10)]],
    ['between two that stand over each other', box(0, 0), box(0, 400), [box(0, 200)]],
  ])('%s', (_name, from, to, others) => {
    const curve = routeEdge(from, to, others)
    const hits = Array.from({ length: 41 }, (_, step) => pointAt(curve, step / 40)).filter(({ x, y }) =>
      others.some(card => x > card.x && x < card.x + card.width && y > card.y && y < card.y + card.height),
    )
    expect(hits).toEqual([])
  })

  test('and is straight where nothing is in the way', () => {
    const [from, , , to] = routeEdge(box(0, 0), box(600, 0), [box(300, 200)])
    expect([from.y, to.y]).toEqual([30, 30])
  })
})
