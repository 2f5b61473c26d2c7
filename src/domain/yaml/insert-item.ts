import type { ParsedNode } from 'yaml'
import { unsupported } from './change.ts'
import { extentOf } from './extent.ts'
import { columnOf } from './lines.ts'
import type { Path } from './path.ts'
import type { SeqNode } from './positions.ts'
import { contentEnd, dashOf, findPlace, isSeqNode, quoteOf } from './positions.ts'
import { printBlock, printFlow } from './print-value.ts'
import { setField } from './set-field.ts'
import type { TextEdit } from './text-edit.ts'
import { hasQuotedKeys, readStyle } from './text-style.ts'

/** Puts an item into the list at a path, before the item that has the index now. */
export function insertItem(
  text: string,
  root: ParsedNode,
  path: Path,
  index: number,
  value: unknown,
): readonly TextEdit[] {
  const place = findPlace(root, path)
  if (place === undefined) throw unsupported(path, 'it comes from an anchor or is not in the text')
  const list = place.node
  if (!isSeqNode(list)) return setField(text, root, path, [value])
  if (list.items.length === 0 && !place.isInFlow) return setField(text, root, path, [value])
  return list.flow === true
    ? insertInFlow(text, root, list, index, value)
    : insertInBlock(text, root, list, index, value)
}

/** The lines of a block list's item with the comments that belong to it. */
export function itemExtent(
  text: string,
  list: SeqNode,
  index: number,
): ReturnType<typeof extentOf> | undefined {
  const item = list.items[index]
  const dash = dashOf(list, index)
  if (item === undefined || dash === undefined) return undefined
  return extentOf(text, dash, Math.max(dash + 1, contentEnd(text, item)))
}

function insertInBlock(
  text: string,
  root: ParsedNode,
  list: SeqNode,
  index: number,
  value: unknown,
): readonly TextEdit[] {
  const style = readStyle(text, root)
  const column = columnOf(text, dashOf(list, 0) ?? list.range[0])
  const printed = `- ${printBlock(value, column + 2, style, { quote: quoteOf(list.items[0]) })}`
  const indent = ' '.repeat(column)
  const next = itemExtent(text, list, index)
  if (next !== undefined)
    return [
      next.isWholeLines
        ? { offset: next.start, length: 0, text: indent + printed + style.lineEnding }
        : { offset: next.start, length: 0, text: printed + style.lineEnding + indent },
    ]
  const previous = itemExtent(text, list, list.items.length - 1)
  return [{ offset: previous?.end ?? list.range[1], length: 0, text: style.lineEnding + indent + printed }]
}

function insertInFlow(
  text: string,
  root: ParsedNode,
  list: SeqNode,
  index: number,
  value: unknown,
): readonly TextEdit[] {
  const [first] = list.items
  const isJson = quoteOf(first) === '"' || hasQuotedKeys(first)
  const printed = printFlow(value, readStyle(text, root), {
    quote: isJson ? '"' : quoteOf(first),
    hasQuotedKeys: isJson && hasQuotedKeys(first),
  })
  const before = first === undefined ? '' : text.slice(list.range[0] + 1, first.range[0])
  const separator = before.includes('\n') && before.trim() === '' ? `,${before}` : ', '
  const next = list.items[index]
  const last = list.items.at(-1)
  if (next !== undefined) return [{ offset: next.range[0], length: 0, text: printed + separator }]
  if (last !== undefined) return [{ offset: contentEnd(text, last), length: 0, text: separator + printed }]
  return [{ offset: list.range[0] + 1, length: list.range[1] - list.range[0] - 2, text: printed }]
}
