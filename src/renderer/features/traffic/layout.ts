import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js'
import elkWorkerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { TrafficEdge, TrafficNode } from '../../../domain/traffic/traffic-snapshot.ts'

export const NODE_WIDTH = 172

export interface Point {
  readonly x: number
  readonly y: number
}

/** Positions of the upper left corners of nodes by id. */
export type Positions = ReadonlyMap<string, Point>

/** A node with several versions has a line for them. */
export const nodeHeight = ({ versions }: TrafficNode): number => (versions.length > 1 ? 80 : 56)

/** Between layers there is room for an edge's label. */
const LAYER_SPACE = '150'
const NODE_SPACE = '28'
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.layered.spacing.nodeNodeBetweenLayers': LAYER_SPACE,
  'elk.spacing.nodeNode': NODE_SPACE,
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
}
// Spacing is not inherited by what is inside a node of the hierarchy.
const GROUP_OPTIONS = {
  'elk.padding': '[top=40,left=24,bottom=24,right=24]',
  'elk.layered.spacing.nodeNodeBetweenLayers': LAYER_SPACE,
  'elk.spacing.nodeNode': NODE_SPACE,
}

let elk: InstanceType<typeof ELK> | undefined

function toElk(nodes: readonly TrafficNode[], edges: readonly TrafficEdge[]): ElkNode {
  const namespaces = [...new Set(nodes.map(({ namespace }) => namespace))].sort()
  return {
    id: 'root',
    layoutOptions: OPTIONS,
    children: namespaces.map(namespace => ({
      id: `namespace:${namespace}`,
      layoutOptions: GROUP_OPTIONS,
      children: nodes
        .filter(node => node.namespace === namespace)
        .map(node => ({ id: node.id, width: NODE_WIDTH, height: nodeHeight(node) })),
    })),
    edges: edges.map(({ id, source, target }) => ({ id, sources: [source], targets: [target] })),
  }
}

/** Places every node by layers, in a worker. */
async function placeAll(nodes: readonly TrafficNode[], edges: readonly TrafficEdge[]): Promise<Positions> {
  elk ??= new ELK({ workerUrl: elkWorkerUrl })
  const { children = [] } = await elk.layout(toElk(nodes, edges))
  return new Map(
    children.flatMap(group =>
      (group.children ?? []).map(({ id, x = 0, y = 0 }): [string, Point] => [
        id,
        { x: x + (group.x ?? 0), y: y + (group.y ?? 0) },
      ]),
    ),
  )
}

/** Places new nodes below what is there, in the column after their caller, so that nothing else moves. */
function placeNew(
  nodes: readonly TrafficNode[],
  edges: readonly TrafficEdge[],
  before: Positions,
): Positions {
  const positions = new Map(before)
  for (const node of nodes) {
    if (positions.has(node.id)) continue
    const caller = edges.find(({ target, source }) => target === node.id && positions.has(source))
    const from = caller && positions.get(caller.source)
    const x = from ? from.x + NODE_WIDTH + Number(LAYER_SPACE) : 0
    const isBeside = (point: Point): boolean => Math.abs(point.x - x) < NODE_WIDTH
    const bottom = Math.max(-36, ...[...positions.values()].filter(isBeside).map(({ y }) => y + 80))
    positions.set(node.id, { x, y: bottom + 36 })
  }
  return positions
}

/**
 * Where the nodes stand. What has a place keeps it while the data changes; only when most nodes are new is everything
 * placed again.
 */
export async function layout(
  nodes: readonly TrafficNode[],
  edges: readonly TrafficEdge[],
  before: Positions,
): Promise<Positions> {
  const known = nodes.filter(({ id }) => before.has(id)).length
  if (nodes.length === 0) return before
  return known < nodes.length / 2 ? placeAll(nodes, edges) : placeNew(nodes, edges, before)
}
