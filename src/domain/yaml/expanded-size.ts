import type { Document, Node } from 'yaml'
import { isAlias, isCollection, isPair, isScalar } from 'yaml'

export interface ExpandedSize {
  /** Values and keys once each alias stands for a copy of what it names. Infinity where an anchor holds itself. */
  readonly nodes: number
  readonly depth: number
  /** Aliases as they are written. Each is looked for among all anchors before it. */
  readonly aliases: number
}

/**
 * How large a document becomes where each alias is a copy of what it names: what JSON of it would hold, and what merge
 * keys copy. Counted from the tree, each node once; nothing is expanded.
 */
export function measureExpanded(document: Pick<Document, 'contents'>): ExpandedSize {
  const known = new Map<string, { readonly nodes: number; readonly depth: number }>()
  let aliases = 0

  const measure = (node: unknown): { nodes: number; depth: number } => {
    if (isAlias(node)) {
      aliases += 1
      // An alias without its anchor is one mistake, which the parser names.
      return known.get(node.source) ?? { nodes: 1, depth: 1 }
    }
    const anchor =
      isScalar(node) || isCollection(node) ? (node as Node & { anchor?: string }).anchor : undefined
    // What names itself has no end.
    if (anchor !== undefined) known.set(anchor, { nodes: Infinity, depth: Infinity })
    let nodes = 1
    let depth = 0
    const children = isPair(node) ? [node.key, node.value] : isCollection(node) ? node.items : []
    for (const child of children) {
      const measured = measure(child)
      nodes += measured.nodes
      depth = Math.max(depth, measured.depth)
    }
    const size = { nodes: isPair(node) ? nodes - 1 : nodes, depth: depth + (isCollection(node) ? 1 : 0) }
    if (anchor !== undefined) known.set(anchor, size)
    return size
  }
  const { nodes, depth } = measure(document.contents)
  return { nodes, depth, aliases }
}
