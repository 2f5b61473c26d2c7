import { pointAt, type Box, type Curve } from './place-labels.ts'

/** A curve as the path of an SVG. */
export const pathOf = ([from, first, second, to]: Curve): string =>
  `M${from.x} ${from.y} C ${first.x} ${first.y} ${second.x} ${second.y} ${to.x} ${to.y}`

/** How high the loop of a self-call is bent: its top stays in the space between two cards. */
const LOOP = 30

/**
 * The curve from one node to another; `bow` bends it aside, to get around what is between them. A self-call loops above
 * its node.
 */
export function edgeCurve(from: Box, to: Box, bow = 0): Curve {
  if (from.x === to.x && from.y === to.y) {
    const x = from.x + from.width / 2
    const { y } = from
    return [
      { x: x - 24, y },
      { x: x - 24, y: y - LOOP },
      { x: x + 24, y: y - LOOP },
      { x: x + 24, y },
    ]
  }
  const isForward = to.x >= from.x + from.width
  const isBackward = to.x + to.width <= from.x
  if (isForward || isBackward) {
    const start = { x: isForward ? from.x + from.width : from.x, y: from.y + from.height / 2 }
    const end = { x: isForward ? to.x : to.x + to.width, y: to.y + to.height / 2 }
    const bend = Math.max(36, Math.abs(end.x - start.x) / 2) * (isForward ? 1 : -1)
    return [start, { x: start.x + bend, y: start.y + bow }, { x: end.x - bend, y: end.y + bow }, end]
  }
  const isDown = to.y > from.y
  const start = { x: from.x + from.width / 2, y: isDown ? from.y + from.height : from.y }
  const end = { x: to.x + to.width / 2, y: isDown ? to.y : to.y + to.height }
  const bend = Math.max(20, Math.abs(end.y - start.y) / 2) * (isDown ? 1 : -1)
  return [start, { x: start.x + bow, y: start.y + bend }, { x: end.x + bow, y: end.y - bend }, end]
}

const BOWS = [0, 40, -40, 80, -80, 130, -130, 200, -200, 290, -290, 400, -400, 560, -560, 760, -760]
const SAMPLES = 24
/** A line keeps this far from a card that it does not belong to. */
const MARGIN = 6

/** How many of the curve's points lie on a card. */
function countHits(curve: Curve, cards: readonly Box[]): number {
  const [left, right] = [Math.min(...curve.map(({ x }) => x)), Math.max(...curve.map(({ x }) => x))]
  const [top, bottom] = [Math.min(...curve.map(({ y }) => y)), Math.max(...curve.map(({ y }) => y))]
  const near = cards.filter(
    card =>
      card.x - MARGIN < right &&
      card.x + card.width + MARGIN > left &&
      card.y - MARGIN < bottom &&
      card.y + card.height + MARGIN > top,
  )
  if (near.length === 0) return 0
  let hits = 0
  for (let step = 1; step < SAMPLES; step++) {
    const { x, y } = pointAt(curve, step / SAMPLES)
    if (
      near.some(
        card =>
          x > card.x - MARGIN &&
          x < card.x + card.width + MARGIN &&
          y > card.y - MARGIN &&
          y < card.y + card.height + MARGIN,
      )
    )
      hits += 1
  }
  return hits
}

/** The curve from one node to another that passes behind no other card, as straight as that allows. */
export function routeEdge(from: Box, to: Box, others: readonly Box[]): Curve {
  let best = edgeCurve(from, to)
  let fewest = countHits(best, others)
  for (const bow of BOWS) {
    if (fewest === 0) break
    const curve = edgeCurve(from, to, bow)
    const hits = countHits(curve, others)
    if (hits < fewest) [best, fewest] = [curve, hits]
  }
  return best
}
