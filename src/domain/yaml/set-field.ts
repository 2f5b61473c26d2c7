import type { ParsedNode } from 'yaml'
import { isScalar } from 'yaml'
import { unsupported } from './change.ts'
import { columnOf } from './lines.ts'
import type { Path } from './path.ts'
import type { Place } from './positions.ts'
import { contentEnd, dashOf, findPlace, isSeqNode, pairEnd, quoteOf, valueStart } from './positions.ts'
import { isScalarValue, printBelow, printBlock, printFlow, printScalar } from './print-value.ts'
import type { TextEdit } from './text-edit.ts'
import { hasQuotedKeys, readStyle } from './text-style.ts'

/**
 * Replaces the value that stands at a path. A single value keeps its quotes, anchor and comment: only its own
 * characters change. A value of another kind is printed in the style around it.
 */
export function setField(text: string, root: ParsedNode, path: Path, value: unknown): readonly TextEdit[] {
  const place = findPlace(root, path)
  if (place === undefined) throw unsupported(path, 'it comes from an anchor or is not in the text')
  const { node } = place
  if (isScalar(node) && isScalarValue(value) && node.range[0] < node.range[1]) {
    const end = contentEnd(text, node)
    const printed = printScalar(value, quoteOf(node), place.isInFlow)
    return [{ offset: node.range[0], length: end - node.range[0], text: printed }]
  }
  return replaceNode(text, root, path, place, value)
}

function replaceNode(
  text: string,
  root: ParsedNode,
  path: Path,
  place: Place,
  value: unknown,
): readonly TextEdit[] {
  const { pair, parent, node } = place
  const style = readStyle(text, root)
  const options = { hasQuotedKeys: hasQuotedKeys(parent) }
  if (pair !== undefined) {
    const start = valueStart(pair)
    if (start === undefined) throw unsupported(path, 'its key has no value')
    // A value that is not written may stand behind spaces that a comment needs.
    const isWritten = node !== null && node.range[0] < node.range[1]
    const end = isWritten ? Math.max(start, pairEnd(text, pair)) : start
    const column = columnOf(text, pair.key.range[0])
    const printed = place.isInFlow
      ? ` ${printFlow(value, style, options)}`
      : printBelow(value, column, style, options)
    return [{ offset: start, length: end - start, text: printed }]
  }
  if (!isSeqNode(parent) || node === null) throw unsupported(path, 'it is the whole document')
  const dash = dashOf(parent, place.index)
  const start = dash === undefined ? node.range[0] : dash + 1
  const end = Math.max(start, contentEnd(text, node))
  const printed =
    dash === undefined
      ? printFlow(value, style, options)
      : ` ${printBlock(value, columnOf(text, dash) + 2, style, options)}`
  return [{ offset: start, length: end - start, text: printed }]
}
