import type { Point } from './layout.ts'

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** A cubic Bézier curve: both ends and what bends it. */
export type Curve = readonly [from: Point, bend: Point, bend: Point, to: Point]

const LABEL_HEIGHT = 24
/** Widths are rounded up to this, so that a label does not move whenever a figure gets a digit more. */
const WIDTH_STEP = 24
/** Where on its curve a label may stand, the best first. */
const PLACES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82]
/** How far beside the curve, where there is no room on it. */
const SIDES = [0, -18, 18]
/** A card that is covered cannot be read at all; two labels that touch can. */
const CARD_WEIGHT = 1_000

/** The point of a curve at `t`, from 0 (its begin) to 1 (its end). */
export const pointAt = ([a, b, c, d]: Curve, t: number): Point => {
  const s = 1 - t
  const mix = (axis: 'x' | 'y'): number =>
    s ** 3 * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t ** 3 * d[axis]
  return { x: mix('x'), y: mix('y') }
}
const areaShared = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

/**
 * Places for the labels of the curves, in order: each where it covers least of the labels before it. A label never
 * stands on a card: where there is no other place, it has none.
 */
export function placeLabels(
  curves: readonly Curve[],
  cards: readonly Box[],
  widths: readonly number[],
): readonly (Point | undefined)[] {
  const taken: Box[] = []
  return curves.map((curve, index) => {
    const width = Math.ceil((widths[index] ?? WIDTH_STEP) / WIDTH_STEP) * WIDTH_STEP
    const boxAround = ({ x, y }: Point): Box => ({
      x: x - width / 2,
      y: y - LABEL_HEIGHT / 2,
      width,
      height: LABEL_HEIGHT,
    })
    let best: { readonly point: Point; readonly cost: number } | undefined
    for (const side of SIDES) {
      for (const t of PLACES) {
        const on = pointAt(curve, t)
        const point = { x: on.x, y: on.y + side }
        const box = boxAround(point)
        const cost =
          cards.reduce((sum, card) => sum + areaShared(box, card) * CARD_WEIGHT, 0) +
          taken.reduce((sum, label) => sum + areaShared(box, label), 0)
        if (best === undefined || cost < best.cost - 1) best = { point, cost }
        if (best.cost === 0) break
      }
      if (best?.cost === 0) break
    }
    if (best === undefined || best.cost >= CARD_WEIGHT) return undefined
    taken.push(boxAround(best.point))
    return best.point
  })
}
