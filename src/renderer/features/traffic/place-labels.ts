import type { Point } from './layout.ts'

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** A cubic Bézier curve: both ends and what bends it. */
export type Curve = readonly [from: Point, bend: Point, bend: Point, to: Point]

/** Room for most labels. Not that of the label's own text: it would move whenever a figure gets a digit more. */
const LABEL = { width: 118, height: 24 }
/** Where on its curve a label may stand, the best first. */
const PLACES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82]

const at = ([a, b, c, d]: Curve, t: number): Point => {
  const s = 1 - t
  const mix = (axis: 'x' | 'y'): number =>
    s ** 3 * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t ** 3 * d[axis]
  return { x: mix('x'), y: mix('y') }
}
const boxAround = ({ x, y }: Point): Box => ({ x: x - LABEL.width / 2, y: y - LABEL.height / 2, ...LABEL })
const areaShared = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

/** Places for the labels of the curves, in order: each where it covers least of the boxes and of the labels before it. */
export function placeLabels(curves: readonly Curve[], boxes: readonly Box[]): Point[] {
  const taken = [...boxes]
  return curves.map(curve => {
    const covered = (point: Point): number =>
      taken.reduce((sum, box) => sum + areaShared(boxAround(point), box), 0)
    const [first, ...others] = PLACES.map(t => at(curve, t))
    const best = others.reduce(
      (found, point) => (covered(point) < covered(found) - 1 ? point : found),
      first ?? curve[0],
    )
    taken.push(boxAround(best))
    return best
  })
}
