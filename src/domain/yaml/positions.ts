import type { Pair, ParsedNode, YAMLMap, YAMLSeq } from 'yaml'
import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { ManifestDocument } from './manifest.ts'
import { LineIndex } from './lines.ts'
import type { Path } from './path.ts'

export type MapNode = YAMLMap.Parsed
export type SeqNode = YAMLSeq.Parsed
export type PairNode = Pair<ParsedNode, ParsedNode | null>

/** A node and how it hangs in its parent. */
export interface Place {
  readonly node: ParsedNode | null
  readonly parent?: MapNode | SeqNode
  /** Where the parent is a map. */
  readonly pair?: PairNode
  /** The place among the parent's items. */
  readonly index: number
  /** Whether the node stands inside a flow collection, where indentation means nothing. */
  readonly isInFlow: boolean
}

export interface OffsetRange {
  readonly start: number
  readonly end: number
}

export const isMapNode = (node: unknown): node is MapNode => isMap(node)
export const isSeqNode = (node: unknown): node is SeqNode => isSeq(node)

/** The place at a path; undefined where the text has none, or where the path leads through an alias. */
export function findPlace(root: ParsedNode | undefined, path: Path): Place | undefined {
  if (root === undefined) return undefined
  let place: Place = { node: root, index: 0, isInFlow: false }
  for (const step of path) {
    const { node } = place
    const isInFlow: boolean = place.isInFlow || ((isMap(node) || isSeq(node)) && node.flow === true)
    if (isMapNode(node)) {
      const index = node.items.findIndex(pair => keyOf(pair) === String(step))
      const pair = node.items[index]
      if (pair === undefined) return undefined
      place = { node: pair.value, parent: node, pair, index, isInFlow }
    } else if (isSeqNode(node) && typeof step === 'number') {
      const item = node.items[step]
      if (item === undefined) return undefined
      place = { node: item, parent: node, index: step, isInFlow }
    } else return undefined
  }
  return place
}

/** A pair's key as text. A key that reads as null is the empty text in JSON, as it is to the parser. */
export const keyOf = ({ key }: PairNode): string =>
  isScalar<string | number | boolean | null>(key) ? String(key.value ?? '') : ''

/** The offset behind a node's last character of content, without trailing comments and blank lines. */
export function contentEnd(text: string, node: ParsedNode | null): number {
  if (node === null) return 0
  if (isAlias(node)) return node.range[1]
  if (isScalar(node)) {
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
    return isBlock ? node.range[0] + text.slice(node.range[0], node.range[1]).trimEnd().length : node.range[1]
  }
  if (node.flow === true) return node.range[1]
  const last = node.items.at(-1)
  if (last === undefined) return node.range[1]
  return isMapNode(node) ? pairEnd(text, last as PairNode) : contentEnd(text, last as ParsedNode)
}

/** The offset behind a pair's last character of content. */
export function pairEnd(text: string, pair: PairNode): number {
  return pair.value === null ? pair.key.range[1] : contentEnd(text, pair.value)
}

/** From the key, or the item's first character, to the end of what a path names. */
export function rangeOfPath(
  document: Pick<ManifestDocument, 'root'>,
  path: Path,
  text: string,
): OffsetRange | undefined {
  const place = findPlace(document.root, path)
  if (place === undefined) return undefined
  if (place.pair !== undefined) return { start: place.pair.key.range[0], end: pairEnd(text, place.pair) }
  if (place.node === null) return undefined
  const dash = isSeqNode(place.parent) ? dashOf(place.parent, place.index) : undefined
  return { start: dash ?? place.node.range[0], end: contentEnd(text, place.node) }
}

/** The 1-based lines of what a path names. */
export function linesOfPath(
  document: Pick<ManifestDocument, 'root'>,
  path: Path,
  text: string,
): { readonly fromLine: number; readonly toLine: number } | undefined {
  const range = rangeOfPath(document, path, text)
  if (range === undefined) return undefined
  const lines = new LineIndex(text)
  return {
    fromLine: lines.positionOf(range.start).line,
    toLine: lines.positionOf(range.end).line,
  }
}

/** The deepest path whose text holds the offset. On a list's dash it is the item. */
export function pathAt(document: Pick<ManifestDocument, 'root'>, offset: number, text: string): Path {
  const path: (string | number)[] = []
  let node: ParsedNode | null | undefined = document.root
  while (isMapNode(node) || isSeqNode(node)) {
    let next: ParsedNode | null | undefined
    if (isMapNode(node)) {
      const pair: PairNode | undefined = node.items.findLast(({ key }) => key.range[0] <= offset)
      if (pair === undefined || offset > lineEndOf(text, pairEnd(text, pair))) return path
      path.push(keyOf(pair))
      next = pair.value
    } else {
      const list: SeqNode = node
      const index = list.items.findLastIndex((item, at) => (dashOf(list, at) ?? item.range[0]) <= offset)
      const item = list.items[index]
      if (item === undefined || offset > lineEndOf(text, contentEnd(text, item))) return path
      path.push(index)
      next = item
    }
    node = next
  }
  return path
}

const lineEndOf = (text: string, offset: number): number => {
  const found = text.indexOf('\n', offset)
  return found < 0 ? text.length : found
}

/** The offset of a block list item's dash; undefined in flow style. */
export function dashOf(list: SeqNode, index: number): number | undefined {
  const token = list.srcToken
  if (token?.type !== 'block-seq') return undefined
  const items = token.items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind'))
  return items[index]?.offset
}

/** The offset behind a pair's colon and the anchor and tag that follow it. */
export function valueStart(pair: PairNode): number | undefined {
  const separators = pair.srcToken?.sep ?? []
  const colon = separators.findIndex(({ type }) => type === 'map-value-ind')
  if (colon < 0) return undefined
  const last = separators
    .slice(colon)
    .findLast(({ type }) => type === 'map-value-ind' || type === 'anchor' || type === 'tag')
  return last === undefined ? undefined : last.offset + last.source.length
}

/** Whether a scalar was written with quotes, and with which. */
export function quoteOf(node: unknown): '"' | "'" | undefined {
  if (!isScalar(node)) return undefined
  const { type } = node
  return type === 'QUOTE_DOUBLE' ? '"' : type === 'QUOTE_SINGLE' ? "'" : undefined
}
