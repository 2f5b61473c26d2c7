import type { Point } from './layout.ts'

interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** The curve from one node to another and the place of its label. A self-call loops above its node. */
export function edgePath(from: Box, to: Box): { readonly path: string; readonly label: Point } {
  if (from.x === to.x && from.y === to.y) {
    const x = from.x + from.width / 2
    const y = from.y
    return {
      path: `M${x - 24} ${y} C ${x - 24} ${y - 44} ${x + 24} ${y - 44} ${x + 24} ${y}`,
      label: { x, y: y - 34 },
    }
  }
  const isForward = to.x >= from.x + from.width
  const isBackward = to.x + to.width <= from.x
  if (isForward || isBackward) {
    const start = { x: isForward ? from.x + from.width : from.x, y: from.y + from.height / 2 }
    const end = { x: isForward ? to.x : to.x + to.width, y: to.y + to.height / 2 }
    const bend = Math.max(36, Math.abs(end.x - start.x) / 2) * (isForward ? 1 : -1)
    return {
      path: `M${start.x} ${start.y} C ${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`,
      label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
    }
  }
  const isDown = to.y > from.y
  const start = { x: from.x + from.width / 2, y: isDown ? from.y + from.height : from.y }
  const end = { x: to.x + to.width / 2, y: isDown ? to.y : to.y + to.height }
  const bend = Math.max(20, Math.abs(end.y - start.y) / 2) * (isDown ? 1 : -1)
  return {
    path: `M${start.x} ${start.y} C ${start.x} ${start.y + bend} ${end.x} ${end.y - bend} ${end.x} ${end.y}`,
    label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
  }
}
