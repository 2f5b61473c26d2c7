import type { ParsedNode } from 'yaml'
import { unsupported } from './change.ts'
import { extentOf } from './extent.ts'
import { columnOf } from './lines.ts'
import type { Path } from './path.ts'
import type { MapNode } from './positions.ts'
import { contentEnd, findPlace, isMapNode, keyOf, pairEnd, quoteOf } from './positions.ts'
import { printEntry, printFlowEntry, printScalar } from './print-value.ts'
import { setField } from './set-field.ts'
import type { TextEdit } from './text-edit.ts'
import { hasQuotedKeys, readStyle } from './text-style.ts'

/**
 * Adds a key to the map at a path. `order` names the keys in their usual order; the new one goes before the
 * first that usually follows it, else behind the last.
 */
export function setEntry(
  text: string,
  root: ParsedNode,
  path: Path,
  key: string,
  value: unknown,
  order: readonly string[] = [],
): readonly TextEdit[] {
  const place = findPlace(root, path)
  if (place === undefined) throw unsupported(path, 'it comes from an anchor or is not in the text')
  const map = place.node
  if (!isMapNode(map)) return setField(text, root, path, { [key]: value })
  if (map.items.length === 0 && !place.isInFlow) return setField(text, root, path, { [key]: value })
  const rank = order.indexOf(key)
  const following = rank < 0 ? -1 : map.items.findIndex(pair => order.indexOf(keyOf(pair)) > rank)
  const index = following < 0 ? map.items.length : following
  return map.flow === true
    ? addToFlow(text, root, map, index, key, value)
    : addToBlock(text, root, map, index, key, value)
}

function addToBlock(
  text: string,
  root: ParsedNode,
  map: MapNode,
  index: number,
  key: string,
  value: unknown,
): readonly TextEdit[] {
  const style = readStyle(text, root)
  const first = map.items[0]
  const column = columnOf(text, first?.key.range[0] ?? map.range[0])
  const printed = printEntry(key, value, column, style, { hasQuotedKeys: hasQuotedKeys(map) })
  const lineBreak = style.lineEnding + ' '.repeat(column)
  const previous = map.items[index - 1]
  if (previous === undefined) {
    const extent = first && extentOf(text, first.key.range[0], pairEnd(text, first))
    // A comment above the first key is about that key; above a document's first key, about the document.
    return extent?.isWholeLines === true && map !== root
      ? [{ offset: extent.start, length: 0, text: ' '.repeat(column) + printed + style.lineEnding }]
      : [{ offset: map.range[0], length: 0, text: printed + lineBreak }]
  }
  const { end } = extentOf(text, previous.key.range[0], pairEnd(text, previous))
  return [{ offset: end, length: 0, text: lineBreak + printed }]
}

function addToFlow(
  text: string,
  root: ParsedNode,
  map: MapNode,
  index: number,
  key: string,
  value: unknown,
): readonly TextEdit[] {
  const isQuoted = hasQuotedKeys(map)
  const printed = printFlowEntry(key, value, readStyle(text, root), {
    hasQuotedKeys: isQuoted,
    quote: isQuoted ? '"' : undefined,
  })
  const next = map.items[index]
  const previous = map.items[index - 1]
  if (next !== undefined)
    return [{ offset: next.key.range[0], length: 0, text: printed + separatorOf(text, map) }]
  if (previous !== undefined)
    return [{ offset: pairEnd(text, previous), length: 0, text: separatorOf(text, map) + printed }]
  return [{ offset: map.range[0] + 1, length: contentEnd(text, map) - map.range[0] - 2, text: printed }]
}

/** What stands between the first two entries, or before the first: `, ` or a comma and a new line. */
function separatorOf(text: string, map: MapNode): string {
  const [first] = map.items
  const before = first === undefined ? '' : text.slice(map.range[0] + 1, first.key.range[0])
  return before.includes('\n') && before.trim() === '' ? `,${before}` : ', '
}

/** Gives a key another name and leaves its value alone. */
export function renameKey(
  text: string,
  root: ParsedNode,
  path: Path,
  from: string,
  to: string,
): readonly TextEdit[] {
  const place = findPlace(root, [...path, from])
  if (place?.pair === undefined)
    throw unsupported([...path, from], 'it comes from an anchor or is not in the text')
  const { key } = place.pair
  const printed = printScalar(to, quoteOf(key), place.isInFlow)
  return [{ offset: key.range[0], length: key.range[1] - key.range[0], text: printed }]
}
