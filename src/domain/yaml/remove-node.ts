import type { ParsedNode } from 'yaml'
import { unsupported } from './change.ts'
import type { Extent } from './extent.ts'
import { extentOf } from './extent.ts'
import { itemExtent } from './insert-item.ts'
import { lineEnd, lineStart, nextLine } from './lines.ts'
import type { Path } from './path.ts'
import type { MapNode, SeqNode } from './positions.ts'
import { contentEnd, findPlace, isMapNode, isSeqNode, pairEnd, valueStart } from './positions.ts'
import type { TextEdit } from './text-edit.ts'

/**
 * Removes an entry of a map or an item of a list with the comments that belong to it. A collection that loses
 * its last one stays, empty.
 */
export function removeNode(text: string, root: ParsedNode, path: Path): readonly TextEdit[] {
  const place = findPlace(root, path)
  const parent = place?.parent
  if (place === undefined || parent === undefined)
    throw unsupported(path, 'it comes from an anchor or is not in the text')
  if (parent.items.length === 1) return emptyCollection(text, root, path.slice(0, -1), parent)
  return parent.flow === true
    ? removeFromFlow(text, parent, place.index)
    : removeFromBlock(text, parent, place.index, parent === root)
}

function extentAt(text: string, parent: MapNode | SeqNode, index: number): Extent | undefined {
  if (isSeqNode(parent)) return itemExtent(text, parent, index)
  const pair = parent.items[index]
  return pair && extentOf(text, pair.key.range[0], pairEnd(text, pair))
}

function removeFromBlock(
  text: string,
  parent: MapNode | SeqNode,
  index: number,
  isRoot: boolean,
): readonly TextEdit[] {
  const found = extentAt(text, parent, index)
  if (found === undefined) return []
  // What is written above a document's first key is about the document.
  const isFirst = isRoot && isMapNode(parent) && index === 0 && found.isWholeLines
  const extent = isFirst ? { ...found, start: lineStart(text, startOf(parent, 0) ?? found.start) } : found
  if (!extent.isWholeLines) {
    // The first entry of a list item: what follows moves up behind the dash.
    let next = nextLine(text, extent.end)
    while (/[ \r\n]/.test(text[next] ?? '')) next++
    return [{ offset: extent.start, length: next - extent.start, text: '' }]
  }
  const next = nextLine(text, extent.end)
  const isLastLine = next === text.length && text[next - 1] !== '\n'
  if (!isLastLine) return [{ offset: extent.start, length: next - extent.start, text: '' }]
  const before = extent.start === 0 ? 0 : lineEnd(text, text.lastIndexOf('\n', extent.start - 2) + 1)
  return [{ offset: before, length: text.length - before, text: '' }]
}

const startOf = (parent: MapNode | SeqNode, index: number): number | undefined =>
  isMapNode(parent) ? parent.items[index]?.key.range[0] : parent.items[index]?.range[0]

function endOf(text: string, parent: MapNode | SeqNode, index: number): number {
  if (isMapNode(parent)) {
    const pair = parent.items[index]
    return pair === undefined ? 0 : pairEnd(text, pair)
  }
  return contentEnd(text, parent.items[index] ?? null)
}

function removeFromFlow(text: string, parent: MapNode | SeqNode, index: number): readonly TextEdit[] {
  const next = startOf(parent, index + 1)
  const start = next === undefined ? endOf(text, parent, index - 1) : (startOf(parent, index) ?? 0)
  const end = next ?? endOf(text, parent, index)
  return [{ offset: start, length: end - start, text: '' }]
}

function emptyCollection(
  text: string,
  root: ParsedNode,
  path: Path,
  collection: MapNode | SeqNode,
): readonly TextEdit[] {
  const empty = isSeqNode(collection) ? '[]' : '{}'
  const [start] = collection.range
  if (collection.flow === true)
    return [{ offset: start + 1, length: collection.range[1] - start - 2, text: '' }]
  const last = extentAt(text, collection, 0)
  const place = findPlace(root, path)
  const colon = place?.pair && valueStart(place.pair)
  if (colon === undefined || last === undefined)
    return [{ offset: start, length: contentEnd(text, collection) - start, text: empty }]
  // A comment behind the key stays.
  const restOfLine = Math.min(lineEnd(text, colon), last.end)
  return [
    { offset: colon, length: 0, text: ` ${empty}` },
    { offset: restOfLine, length: last.end - restOfLine, text: '' },
  ]
}
