import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import type { TrafficNode } from '../../../domain/traffic/traffic-snapshot.ts'
import { pathOf, routeEdge } from './edge-path.ts'
import type { ShownEdge } from './figures.ts'
import { nodeHeight, type Point, type Positions } from './layout.ts'
import { placeLabels, type Box } from './place-labels.ts'

/** Routing around cards costs edges times cards: beyond this the lines go straight. */
const MAX_ROUTED = 40_000
/** A label that grows by a digit is no new geometry. */
const WIDTH_STEP_PX = 24

export interface GraphLine {
  readonly path: string
  /** Absent where a label would stand on a card. */
  readonly label: Point | undefined
}

/** The lines of the edges by id, worked out again only where places, sizes or edges change, not with each figure. */
export function useGraphLines({
  nodes,
  edges,
  boxOf,
  labelWidthOf,
  positions,
}: {
  nodes: () => readonly TrafficNode[]
  edges: () => readonly ShownEdge[]
  boxOf: (node: TrafficNode) => Box
  labelWidthOf: (edge: ShownEdge) => number
  positions: ShallowRef<Positions>
}): ShallowRef<ReadonlyMap<string, GraphLine>> {
  const lines = shallowRef<ReadonlyMap<string, GraphLine>>(new Map())
  const geometry = computed(() =>
    JSON.stringify([
      nodes().map(node => [node.id, nodeHeight(node)]),
      edges().map(edge => [edge.id, Math.ceil(labelWidthOf(edge) / WIDTH_STEP_PX)]),
    ]),
  )
  watch(
    [geometry, positions],
    () => {
      const boxes = new Map(nodes().map(node => [node.id, boxOf(node)]))
      const cards = [...boxes.values()]
      const isRouted = cards.length * edges().length <= MAX_ROUTED
      const curves = edges().flatMap(edge => {
        const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)]
        if (!from || !to) return []
        const others = isRouted ? cards.filter(card => card !== from && card !== to) : []
        return [{ edge, curve: routeEdge(from, to, others) }]
      })
      const labels = placeLabels(
        curves.map(({ curve }) => curve),
        cards,
        curves.map(({ edge }) => labelWidthOf(edge)),
      )
      lines.value = new Map(
        curves.map(({ edge, curve }, index) => [edge.id, { path: pathOf(curve), label: labels[index] }]),
      )
    },
    { immediate: true },
  )
  return lines
}
