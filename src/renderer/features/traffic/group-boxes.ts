import type { TrafficNode } from '../../../domain/traffic/traffic-snapshot.ts'
import type { Box } from './place-labels.ts'

const SIDE = 24
/** The name of the namespace stands above its nodes. */
const HEAD = 40

/** The frame around the nodes of each namespace. */
export function groupBoxes(
  nodes: readonly TrafficNode[],
  boxOf: (node: TrafficNode) => Box,
): readonly (Box & { readonly name: string })[] {
  const names = [...new Set(nodes.map(({ namespace }) => namespace))]
  return names.map(name => {
    const boxes = nodes.filter(({ namespace }) => namespace === name).map(boxOf)
    const x = Math.min(...boxes.map(box => box.x)) - SIDE
    const y = Math.min(...boxes.map(box => box.y)) - HEAD
    return {
      name,
      x,
      y,
      width: Math.max(...boxes.map(box => box.x + box.width)) + SIDE - x,
      height: Math.max(...boxes.map(box => box.y + box.height)) + SIDE - y,
    }
  })
}
