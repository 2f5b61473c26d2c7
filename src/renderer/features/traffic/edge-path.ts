import type { Box, Curve } from './place-labels.ts'

/** A curve as the path of an SVG. */
export const pathOf = ([from, first, second, to]: Curve): string =>
  `M${from.x} ${from.y} C ${first.x} ${first.y} ${second.x} ${second.y} ${to.x} ${to.y}`

/** The curve from one node to another. A self-call loops above its node. */
export function edgeCurve(from: Box, to: Box): Curve {
  if (from.x === to.x && from.y === to.y) {
    const x = from.x + from.width / 2
    const { y } = from
    return [
      { x: x - 24, y },
      { x: x - 24, y: y - 44 },
      { x: x + 24, y: y - 44 },
      { x: x + 24, y },
    ]
  }
  const isForward = to.x >= from.x + from.width
  const isBackward = to.x + to.width <= from.x
  if (isForward || isBackward) {
    const start = { x: isForward ? from.x + from.width : from.x, y: from.y + from.height / 2 }
    const end = { x: isForward ? to.x : to.x + to.width, y: to.y + to.height / 2 }
    const bend = Math.max(36, Math.abs(end.x - start.x) / 2) * (isForward ? 1 : -1)
    return [start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end]
  }
  const isDown = to.y > from.y
  const start = { x: from.x + from.width / 2, y: isDown ? from.y + from.height : from.y }
  const end = { x: to.x + to.width / 2, y: isDown ? to.y : to.y + to.height }
  const bend = Math.max(20, Math.abs(end.y - start.y) / 2) * (isDown ? 1 : -1)
  return [start, { x: start.x, y: start.y + bend }, { x: end.x, y: end.y - bend }, end]
}
