import type { ParsedNode } from 'yaml'
import { columnOf, lineEndingOf } from './lines.ts'
import { contentEnd, dashOf, isMapNode, isSeqNode, quoteOf } from './positions.ts'

/** How a document is written, so that new parts look like the old ones. */
export interface TextStyle {
  readonly lineEnding: string
  /** Spaces that a map is indented by under its key. */
  readonly step: number
  /** Spaces that a list's dashes are indented by under its key: none, as kubectl prints, or as many as a map. */
  readonly listStep: number
  /** Whether flow collections keep spaces inside their brackets. */
  readonly hasFlowPadding: boolean
}

/** Reads the style off a document; what it does not show is as kubectl prints it, which is also the tutorials' way. */
export function readStyle(text: string, root: ParsedNode | undefined): TextStyle {
  let step: number | undefined
  let listStep: number | undefined
  let hasFlowPadding: boolean | undefined
  const open: (ParsedNode | null | undefined)[] = [root]
  while (open.length > 0) {
    const node = open.pop()
    if (isSeqNode(node)) open.push(...node.items.toReversed())
    if ((isMapNode(node) || isSeqNode(node)) && node.flow === true && node.items.length > 0)
      hasFlowPadding ??= isMapNode(node) ? text[node.range[0] + 1] === ' ' : undefined
    if (!isMapNode(node)) continue
    for (const pair of node.items.toReversed()) open.push(pair.value)
    if (node.flow === true) continue
    for (const { key, value } of node.items) {
      const column = columnOf(text, key.range[0])
      const isBelow = value !== null && text.slice(key.range[1], contentEnd(text, value)).includes('\n')
      if (isMapNode(value) && value.flow !== true && isBelow) step ??= columnOf(text, value.range[0]) - column
      const dash = isSeqNode(value) && isBelow ? dashOf(value, 0) : undefined
      if (dash !== undefined) listStep ??= columnOf(text, dash) - column
    }
  }
  return {
    lineEnding: lineEndingOf(text),
    step: Math.max(1, step ?? 2),
    listStep: Math.max(0, listStep ?? 0),
    hasFlowPadding: hasFlowPadding ?? false,
  }
}

/** Whether the keys or texts around are in double quotes, as in JSON. */
export function hasQuotedKeys(node: unknown): boolean {
  return isMapNode(node) && node.items.length > 0 && node.items.every(({ key }) => quoteOf(key) === '"')
}
