import type { ParsedNode } from 'yaml'
import { unsupported } from './change.ts'
import { itemExtent } from './insert-item.ts'
import type { Path } from './path.ts'
import { contentEnd, findPlace, isSeqNode } from './positions.ts'
import type { TextEdit } from './text-edit.ts'

/**
 * Moves an item of the list at a path. Items change places with their comments; what stands between the places
 * (empty lines, commas) stays, so that moving back gives the first text again.
 */
export function moveItem(
  text: string,
  root: ParsedNode,
  path: Path,
  from: number,
  to: number,
): readonly TextEdit[] {
  const list = findPlace(root, path)?.node
  if (!isSeqNode(list)) throw unsupported(path, 'it is not a list in the text')
  if (from === to) return []
  const slots = list.items.map((item, index) => {
    if (list.flow === true) return { start: item.range[0], end: contentEnd(text, item) }
    const extent = itemExtent(text, list, index)
    if (extent === undefined) throw unsupported([...path, index], 'it is not an item of the list')
    // The slot of a first item behind another dash begins in the middle of a line, the others at its start.
    return extent
  })
  const order = slots.map((_, index) => index)
  order.splice(to, 0, ...order.splice(from, 1))
  const first = Math.min(from, to)
  const last = Math.max(from, to)
  let moved = ''
  for (let index = first; index <= last; index++) {
    const slot = slots[index]
    const source = slots[order[index] ?? 0]
    if (slot === undefined || source === undefined) throw unsupported(path, 'the list has no such item')
    const isInline = 'isWholeLines' in slot && !slot.isWholeLines
    const piece = text.slice(source.start, source.end)
    const indent = text.slice(source.start).search(/\S/)
    const ofFirst = 'isWholeLines' in source && !source.isWholeLines
    const column = ofFirst ? (slots[1]?.start ?? 0) : 0
    moved += isInline ? piece.slice(indent) : ofFirst ? indentOf(text, column) + piece : piece
    if (index < last) moved += text.slice(slot.end, slots[index + 1]?.start ?? slot.end)
  }
  const start = slots[first]?.start ?? 0
  const end = slots[last]?.end ?? start
  return [{ offset: start, length: end - start, text: moved }]
}

/** The spaces that the line at an offset begins with. */
const indentOf = (text: string, offset: number): string => /^ */.exec(text.slice(offset))?.[0] ?? ''
